"""What is asked of a user's notes, one at a time; many at once in `bulk.py`, lists in `listing.py`."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, defer

from ai_conspects.models import Note
from ai_conspects.notes import editing, etags, repository
from ai_conspects.notes.bodies import NewNoteBody, NoteChange
from ai_conspects.notes.errors import NoteNotFound, StaleNote
from ai_conspects.notes.schemas import NoteOut, note_out


def find(session: Session, user_id: UUID, note_id: UUID, *, to_change: bool = False) -> Note:
    """The user's note; `to_change` holds it until the transaction ends. Raises `NoteNotFound`."""
    found = select(Note).where(Note.id == note_id, Note.user_id == user_id).options(defer(Note.embedding))
    if to_change:
        found = found.with_for_update(key_share=True).execution_options(populate_existing=True)
    note = session.scalars(found).one_or_none()
    if note is None:
        raise NoteNotFound
    return note


def shown(session: Session, user_id: UUID, notes: Sequence[Note]) -> list[NoteOut]:
    """The notes as clients see them: six queries, however many there are."""
    topics = repository.related_titles(session, user_id, [note.id for note in notes])
    return [note_out(whole, topics[whole.note.id]) for whole in repository.whole(session, notes)]


def shown_one(session: Session, note: Note) -> NoteOut:
    """The note as its owner sees it now."""
    session.flush()
    session.refresh(note, ["updated_at", "view_count"])
    return shown(session, note.user_id, [note])[0]


def count_view(session: Session, note: Note) -> None:
    """Its owner has opened the note. That doesn't change it, nor mark it as read."""
    counted = update(Note).where(Note.id == note.id)
    session.execute(counted.values(view_count=Note.view_count + 1, updated_at=Note.updated_at))


def write(session: Session, user_id: UUID, wanted: NewNoteBody) -> NoteOut:
    """A new note of a person's."""
    return shown_one(session, editing.write(session, user_id, wanted))


def change(session: Session, user_id: UUID, note_id: UUID, wanted: NoteChange, *, if_match: str | None) -> NoteOut:
    """Change what is named. Of two that expect the same state, one succeeds. Raises `NoteNotFound`, `StaleNote`."""
    note = _held(session, user_id, note_id, if_match)
    editing.apply(session, note, wanted)
    return shown_one(session, note)


def remove(session: Session, user_id: UUID, note_id: UUID, *, if_match: str | None) -> None:
    """The note is gone, and all that hangs on it; its recording stays. Raises `NoteNotFound`, `StaleNote`."""
    note = _held(session, user_id, note_id, if_match)
    session.execute(delete(Note).where(Note.id == note.id))


def _held(session: Session, user_id: UUID, note_id: UUID, if_match: str | None) -> Note:
    note = find(session, user_id, note_id, to_change=True)
    if if_match is not None and not etags.still_stands(if_match, shown_one(session, note)):
        raise StaleNote
    return note
