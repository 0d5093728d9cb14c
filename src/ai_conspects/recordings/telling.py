"""A transcript as it grows: what listeners are told of segments that were just heard, and of those that were saved.

Each event says: from `from_s` on, these are the segments. What was heard is shown at once and may still be cleaned or
flagged when it is saved; what was saved before may be flagged by what comes after it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol
from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.batches.telling import Names, names, tell_recording
from ai_conspects.core.events import EventType
from ai_conspects.models import Segment
from ai_conspects.text.doubts import Said

MOST = 300
"""Segments in one event; more come at once only in imports, which are read by HTTP."""


class Spoken(Said, Protocol):
    """A stretch of speech, heard or saved."""

    @property
    def speaker(self) -> str | None: ...


@dataclass(frozen=True)
class Changed:
    """Rows that follow each other up to the transcript's end, from the first that is new or otherwise than before."""

    rows: Sequence[Segment]
    from_s: float


def changed(session: Session, known: Sequence[Segment], new: Sequence[Segment], *, from_s: float) -> Changed:
    """What is to be told of these rows; asked for before they are flushed. Up to `from_s` all was saved before."""
    touched = [row for row in known if session.is_modified(row)]
    begins_s = min([from_s, *(row.start_s or 0.0 for row in [*touched, *new])])
    return Changed([row for row in [*known, *new] if (row.start_s or 0.0) >= begins_s], begins_s)


def tell_saved(session: Session, recording_id: UUID, told: Changed, *, until_s: float) -> None:
    """These rows stand in the transcript now; `until_s` is how far it has come."""
    if len(told.rows) <= MOST:
        shown = [{"id": str(row.id)} | _shown(row) for row in told.rows]
        _tell(session, names(session, recording_id), shown, told.from_s, until_s, is_saved=True)


def tell_heard(session: Session, named: Names, heard: Sequence[Spoken], *, from_s: float, until_s: float) -> None:
    """These were heard since the last checkpoint at `from_s`; a crash may take them back."""
    if heard and len(heard) <= MOST:
        _tell(session, named, [_shown(one) for one in heard], from_s, until_s, is_saved=False)


def _tell(
    session: Session, named: Names, shown: list[dict[str, Any]], from_s: float, until_s: float, *, is_saved: bool
) -> None:
    data = {"from_s": round(from_s, 3), "until_s": round(until_s, 3), "is_saved": is_saved, "segments": shown}
    tell_recording(session, EventType.RECORDING_SEGMENTS, named, data)


def _shown(one: Spoken) -> dict[str, Any]:
    return {
        "start": rounded(one.start_s),
        "end": rounded(one.end_s),
        "text": one.text,
        "confidence": rounded(one.confidence),
        "speaker": one.speaker,
        "flags": list(one.flags),
    }


def rounded(value: float | None) -> float | None:
    """Seconds or a share, as clients see them: of three digits."""
    return None if value is None else round(value, 3)
