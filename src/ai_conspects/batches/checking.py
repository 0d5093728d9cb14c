"""Whether a submit's document is in order: every fault of it at once, each with its place and its recording."""

from typing import Any

from pydantic import ValidationError

from ai_conspects.batches.errors import NoRecordings, TooManyRecordings
from ai_conspects.batches.schemas import SubmitBody
from ai_conspects.batches.skeleton import unfit_texts
from ai_conspects.core.errors import FieldError, Unprocessable
from ai_conspects.core.settings import LimitSettings


def checked_body(document: Any, audio_faults: dict[int, str], limits: LimitSettings) -> SubmitBody:
    """The document as a submit. Raises `NoRecordings`, `TooManyRecordings`, and `Unprocessable` with every fault."""
    recordings = document.get("recordings") if isinstance(document, dict) else None
    if recordings == []:
        raise NoRecordings
    if isinstance(recordings, list) and len(recordings) > limits.max_recordings:
        raise TooManyRecordings(limits.max_recordings)
    faults = [FieldError(("recordings", index, "audio_data"), reason) for index, reason in audio_faults.items()]
    faults += [FieldError(loc, reason) for loc, reason in unfit_texts(document)]
    try:
        body = SubmitBody.model_validate(document)
    except ValidationError as error:
        faults += [
            FieldError(tuple(fault["loc"]), fault["msg"].removeprefix("Value error, "))
            for fault in error.errors(include_url=False)
        ]
    else:
        faults += _faults_together(body, limits)
    if faults:
        raise _unprocessable(faults, document)
    return body


def _faults_together(body: SubmitBody, limits: LimitSettings) -> list[FieldError]:
    """What no field shows alone."""
    faults: list[FieldError] = []
    longest_s = limits.max_audio_hours * 3600
    seen: dict[str, int] = {}
    for index, recording in enumerate(body.recordings):
        first = seen.setdefault(recording.id, index)
        if first != index:
            faults.append(FieldError(("recordings", index, "id"), f"is the id of recordings[{first}] too"))
        if recording.duration > longest_s:
            faults.append(FieldError(("recordings", index, "duration"), f"must be at most {longest_s:.0f} seconds"))
    return faults


def _unprocessable(faults: list[FieldError], document: Any) -> Unprocessable:
    named = "; ".join(f"{_place(fault.loc, document)}: {fault.msg}" for fault in faults[:5])
    more = f"; and {len(faults) - 5} more" if len(faults) > 5 else ""
    return Unprocessable(f"The batch is not valid. {named}{more}.", errors=tuple(faults))


def _place(loc: tuple[str | int, ...], document: Any) -> str:
    """`recording "a" (recordings[0]), created_at`."""
    match loc:
        case ("recordings", int(index), *field):
            recording = document["recordings"][index]
            name = recording.get("id") if isinstance(recording, dict) else None
            known = (
                f'recording "{name[:128]}" (recordings[{index}])' if isinstance(name, str) else f"recordings[{index}]"
            )
            return ", ".join([known, *map(str, field)])
        case _:
            return ".".join(map(str, loc)) or "body"
