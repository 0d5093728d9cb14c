"""Cuts what a person wrote into the chunks by which it is found. What was said is cut in `writing.py`."""

from typing import Any

from sqlalchemy import delete, func, select, update
from sqlalchemy.orm import Session

from ai_conspects.models import Note, NoteChunk
from ai_conspects.text.chunking import chunks
from ai_conspects.text.markdown import words_of
from ai_conspects.text.sentences import Sentence, from_text


def heading(note: Note) -> str:
    """The text of a note's first chunk."""
    return f"{note.title}. {note.summary}" if note.summary else f"{note.title}."


def rewrite_heading(session: Session, note: Note, *, sentences: tuple[Sentence, ...] | None = None) -> None:
    """The note's first chunk is its title and summary as they are now; its vector has yet to follow.

    `sentences` take the place of those of the old summary, if given.
    """
    mine = (NoteChunk.note_id == note.id, NoteChunk.position == 0)
    changed: dict[str, Any] = {"text": heading(note), "embedding": None, "embedding_model": None}
    if sentences is not None:
        changed["sentences"] = [one.model_dump(exclude={"id"}) for one in sentences]
    found = session.execute(update(NoteChunk).where(*mine).values(**changed).returning(NoteChunk.id)).all()
    if not found:
        session.add(_chunk(note, 0, heading(note), sentences or ()))


def rewrite_content(session: Session, note: Note) -> None:
    """The note's authored chunks are cut from its content as it is now."""
    drop_authored(session, note)
    last = session.scalar(select(func.max(NoteChunk.position)).where(NoteChunk.note_id == note.id)) or 0
    pieces = chunks(from_text(words_of(note.content), note.language))
    for position, piece in enumerate(pieces, start=last + 1):
        chunk = _chunk(note, position, piece.text, piece.sentences)
        chunk.is_authored = True
        session.add(chunk)


def drop_authored(session: Session, note: Note) -> None:
    """The content is no person's any more."""
    session.execute(delete(NoteChunk).where(NoteChunk.note_id == note.id, NoteChunk.is_authored))


def _chunk(note: Note, position: int, text: str, sentences: tuple[Sentence, ...]) -> NoteChunk:
    return NoteChunk(
        note_id=note.id,
        user_id=note.user_id,
        position=position,
        language=note.language,
        text=text,
        sentences=[one.model_dump(exclude={"id"}) for one in sentences],
    )
