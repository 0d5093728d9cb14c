"""What is to be made of an upload: the metadata that its client gave, as a submit of one recording."""

from datetime import datetime
from typing import Any
from uuid import UUID

from pydantic import BaseModel, Field, ValidationError

from ai_conspects.batches.schemas import LANGUAGE, ClientId, Moment, ProcessingSettings, SubmitBody
from ai_conspects.core.clock import rfc3339
from ai_conspects.core.errors import FieldError, Unprocessable
from ai_conspects.core.http import PlainText, without_null
from ai_conspects.models import Upload

_SAME = {"id": "recording_id", "name": "filename"}
"""What other clients call it."""


class Wanted(BaseModel):
    """The metadata that this server knows. All else is kept as the recording's own `metadata`."""

    recording_id: ClientId
    batch_id: ClientId | None = None
    filename: str = Field("recording", min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")
    duration: float = Field(0, ge=0, allow_inf_nan=False)
    created_at: Moment | None = None
    settings: ProcessingSettings = ProcessingSettings()
    metadata: dict[str, PlainText] = {}


def wanted(given: dict[str, str], upload_id: UUID, *, max_audio_hours: float, where: str = "Upload-Metadata") -> Wanted:
    """What the metadata ask for; without an id the recording has the upload's. Raises `Unprocessable`.

    `where` they stand is said in its errors.
    """
    named = {_SAME.get(key, key): value for key, value in given.items()}
    known = {key: named.pop(key) for key in Wanted.model_fields if key in named and key not in {"settings", "metadata"}}
    settings = {key: named.pop(key) for key in ProcessingSettings.model_fields if key in named}
    try:
        made = Wanted.model_validate({"recording_id": str(upload_id), **known, "settings": settings, "metadata": named})
    except ValidationError as error:
        faults = [(tuple(fault["loc"]), fault["msg"].removeprefix("Value error, ")) for fault in error.errors()]
        raise _unprocessable(faults, where) from None
    if made.duration > max_audio_hours * 3600:
        raise _unprocessable([(("duration",), f"must be at most {max_audio_hours * 3600:.0f} seconds")], where)
    return made


def described() -> dict[str, Any]:
    """The schemas of what may be known of an upload, by name; null is no value of a query."""
    schema = Wanted.model_json_schema(mode="validation")
    known: dict[str, Any] = {name: dict(told) for name, told in schema["properties"].items()}
    for told in known.values():
        without_null(told)
        told.pop("title", None)
    return known | {"id": known["recording_id"], "language": LANGUAGE}


def as_submit(upload: Upload, device_id: str) -> SubmitBody:
    """The submit that the finished upload stands for; its audio is elsewhere."""
    return _submit(upload.wanted, upload.client_id, upload.created_at, device_id)


def to_submit(asked: Wanted, received_at: datetime, device_id: str) -> SubmitBody:
    """The submit of this one recording; its audio is elsewhere."""
    return _submit(asked.model_dump(mode="json"), asked.recording_id, received_at, device_id)


def _submit(asked: dict[str, Any], recording_id: str, received_at: datetime, device_id: str) -> SubmitBody:
    recording = {
        "id": recording_id,
        "filename": asked["filename"],
        "duration": asked["duration"],
        "created_at": asked["created_at"] or rfc3339(received_at),
        "metadata": asked["metadata"],
        "audio_data": "",
    }
    body = {"device_id": device_id, "settings": asked["settings"], "recordings": [recording]}
    return SubmitBody.model_validate({"batch_id": asked["batch_id"] or recording_id, **body})


def _unprocessable(faults: list[tuple[tuple[str | int, ...], str]], where: str) -> Unprocessable:
    errors = tuple(FieldError((where, *loc), reason) for loc, reason in faults)
    said = "; ".join(f"{'.'.join(map(str, error.loc[1:]))}: {error.msg}" for error in errors[:3])
    return Unprocessable(f"The metadata are not valid. {said}.", errors=errors)
