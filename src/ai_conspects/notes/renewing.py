"""A note that is made anew stays the same note: its id, what its owner wrote, set and marked; the rest is replaced."""

from collections.abc import Sequence

from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from ai_conspects.models import Citation, Note, NoteChunk, NoteTag, Source
from ai_conspects.notes import chunking, proposals
from ai_conspects.tags import tagging
from ai_conspects.text.markdown import words_of
from ai_conspects.text.sentences import from_text

_MEASURED = ("language", "complexity_level", "confidence", "coverage", "engine", "reading_time", "basis")


def renew(session: Session, note: Note, fresh: Note, citations: list[Citation], tags: dict[str, float]) -> None:
    """The note has the fresh one's texts and figures; for fields that its owner has edited they are proposed.

    Citations, sources and chunks are gone, unless the owner's content stands on them.
    """
    proposals.propose(note, fresh, citations)
    for field in proposals.FIELDS:
        if field not in note.edited_fields:
            setattr(note, field, getattr(fresh, field))
    session.execute(delete(Source).where(Source.note_id == note.id))
    session.execute(delete(NoteChunk).where(NoteChunk.note_id == note.id))
    if "content" not in note.edited_fields:
        for name in _MEASURED:
            setattr(note, name, getattr(fresh, name))
        session.execute(delete(Citation).where(Citation.note_id == note.id))
        session.add_all(citations)
    if "tags" not in note.edited_fields:
        _retag(session, note, tags)


def rewrite_owned_chunks(session: Session, note: Note) -> None:
    """The chunks of what the owner wrote, after those of what was said are there."""
    if "summary" in note.edited_fields:
        sentences = from_text(words_of(note.summary or ""), note.language)
        chunking.rewrite_heading(session, note, sentences=sentences)
    if "content" in note.edited_fields:
        session.flush()
        chunking.rewrite_content(session, note)


def leave(session: Session, notes: Sequence[Note], engine: str) -> None:
    """Of notes that the recording gives no more, those with their owner's hand in them stay, and say so."""
    for note in notes:
        by_hand = select(exists().where(NoteTag.note_id == note.id, NoteTag.confidence.is_(None)))
        if note.edited_fields or note.is_favorite or session.scalar(by_hand):
            proposals.supersede(note, engine)
        else:
            session.execute(delete(Note).where(Note.id == note.id))


def _retag(session: Session, note: Note, tags: dict[str, float]) -> None:
    """Tags of an engine are replaced; those set by hand, which have no confidence, stay."""
    session.execute(delete(NoteTag).where(NoteTag.note_id == note.id, NoteTag.confidence.is_not(None)))
    by_hand = set(session.scalars(select(NoteTag.tag_id).where(NoteTag.note_id == note.id)))
    known = tagging.find(session, note.user_id, tags)
    tagging.attach(
        session, note.user_id, note.id, {n: value for n, value in tags.items() if known.get(n) not in by_hand}
    )
