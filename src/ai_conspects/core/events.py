"""Events: what a transaction changed, told once it stands. They are a convenience: PostgreSQL holds the truth.

Like jobs, they are noted in a transaction and leave after its commit; one that is lost does no harm beyond a client
that learns of it later, by HTTP.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

from ai_conspects.core.clock import now

log = structlog.get_logger()


class EventType(StrEnum):
    """What can happen; `docs/events.md` says what each one brings."""

    BATCH_PROGRESS = "batch.progress"
    BATCH_FINISHED = "batch.finished"
    BATCH_DELETED = "batch.deleted"
    RECORDING_STEP = "recording.step"
    RECORDING_SEGMENTS = "recording.segments"
    RECORDING_DELETED = "recording.deleted"
    NOTE_CREATED = "note.created"
    SESSION_ENDED = "session.ended"
    ACCOUNT_ENDED = "account.ended"


@dataclass(frozen=True)
class Event:
    """Something that happened to what a user owns. `batch_id` is the client's own id; `data` is plain JSON.

    `at` is the database's time where an order matters, else this process's.
    """

    user_id: UUID
    type: EventType
    data: Mapping[str, Any]
    batch_id: str | None = None
    at: datetime = field(default_factory=now)


Announce = Callable[[Sequence[Event]], None]
"""Tells events to whoever listens. May raise: `announce_all` notes it and goes on."""

Record = Callable[[Session, Sequence[Event]], None]
"""Writes what must not be lost of the events, in the very transaction that they come from."""

_PENDING = "events"


def unannounced(_: Sequence[Event]) -> None:
    """Where nobody listens."""


def unrecorded(_: Session, __: Sequence[Event]) -> None:
    """Where nothing is kept."""


def publish(session: Session, event: Event) -> None:
    """Note an event, to be told when the session's transaction has been committed."""
    session.info.setdefault(_PENDING, []).append(event)


def pending(session: Session) -> Sequence[Event]:
    """The events noted so far."""
    noted: list[Event] = session.info.get(_PENDING, [])
    return noted


def take(session: Session) -> list[Event]:
    """The events noted so far; the session forgets them."""
    noted: list[Event] = session.info.pop(_PENDING, [])
    return noted


def announce_all(announce: Announce, events: Sequence[Event]) -> None:
    """Tell them; listeners that can't be told are noted, not raised."""
    if not events:
        return
    try:
        announce(events)
    except Exception as error:
        log.warning("events.not_told", events=len(events), error=type(error).__name__)
