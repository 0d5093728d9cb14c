"""What listeners are told of notes."""

from sqlalchemy.orm import Session

from ai_conspects.batches.telling import names
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.models import Note


def tell_created(session: Session, note: Note) -> None:
    """A note is there, made of a recording or by hand; it has been flushed."""
    named = names(session, note.source_recording_id) if note.source_recording_id else None
    data = {
        "note_id": str(note.id),
        "batch_id": named.batch_id if named else None,
        "recording_id": named.recording_id if named else None,
        "title": note.title,
        "language": note.language,
    }
    publish(session, Event(note.user_id, EventType.NOTE_CREATED, data, named.batch_id if named else None))
