"""Notes as a person writes them, for tests of what happens to them afterwards."""

from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.models import Note, NoteChunk


def a_note(session: Session, user_id: UUID, title: str, content: str = "", language: str = "ru") -> Note:
    """A note that a person wrote, cut into two chunks at most, not yet embedded."""
    note = Note(
        user_id=user_id,
        title=title,
        content=content,
        type="manual",
        language=language,
        complexity_level="basic",
        confidence=None,
        engine="person",
        reading_time=1,
    )
    session.add(note)
    session.flush()
    for position, text in enumerate(filter(None, (f"{title}.", content))):
        row = {"note_id": note.id, "user_id": user_id, "language": language, "sentences": []}
        session.add(NoteChunk(position=position, text=text, **row))
    session.flush()
    session.refresh(note)
    return note
