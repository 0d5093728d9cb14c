"""A person's hand on a note: what it changes, what is remembered of it, and what must follow."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.models import Note, NoteTag
from ai_conspects.notes import chunking, refreshing
from ai_conspects.notes.bodies import NewNoteBody, NoteChange
from ai_conspects.notes.markdown import reading_time
from ai_conspects.notes.telling import tell_created
from ai_conspects.tags import tagging
from ai_conspects.text.complexity import complexity
from ai_conspects.text.languages import detect
from ai_conspects.text.markdown import words_of
from ai_conspects.text.sentences import from_text

MANUAL = "manual"
PERSON = "person"
"""The `engine` of what a person wrote."""

_SAMPLE = 20_000
"""Characters by which the level of a long text is judged."""


def write(session: Session, user_id: UUID, wanted: NewNoteBody) -> Note:
    """A new note of a person's, found by its words at once and by its meaning soon."""
    language = wanted.language
    if language == "auto":
        language, _ = detect(f"{wanted.title}\n{wanted.content}")
    note = Note(
        user_id=user_id,
        title=wanted.title,
        summary=wanted.summary or None,
        content=wanted.content,
        type=MANUAL,
        language=language,
        engine=PERSON,
        is_favorite=wanted.is_favorite,
        complexity_level=_level(wanted.content, language),
        reading_time=reading_time(wanted.content),
    )
    session.add(note)
    session.flush()
    set_tags(session, note, wanted.tags)
    chunking.rewrite_heading(session, note, sentences=from_text(words_of(note.summary or ""), language))
    chunking.rewrite_content(session, note)
    refreshing.request(session, user_id, [note.id])
    tell_created(session, note)
    return note


def apply(session: Session, note: Note, wanted: NoteChange) -> None:
    """Change the note, which the caller holds. Fields that stay as they are don't count as edited."""
    named = wanted.model_dump(exclude_unset=True)
    if "summary" in named:
        named["summary"] = named["summary"] or None
    changed = {name for name, value in named.items() if name != "tags" and getattr(note, name) != value}
    for name in changed:
        setattr(note, name, named[name])
    if wanted.tags is not None and set_tags(session, note, wanted.tags):
        changed.add("tags")
    remember(note, changed)
    session.flush()
    if changed & {"title", "summary"}:
        sentences = from_text(words_of(note.summary or ""), note.language) if "summary" in changed else None
        chunking.rewrite_heading(session, note, sentences=sentences)
    if "content" in changed:
        note.reading_time = reading_time(note.content)
        note.complexity_level = _level(note.content, note.language)
        chunking.rewrite_content(session, note)
    if changed & {"title", "summary", "content", "tags"}:
        refreshing.request(session, note.user_id, [note.id])


def remember(note: Note, changed: set[str]) -> None:
    """Note which fields are a person's from now on."""
    by_hand = changed & {"title", "summary", "content", "tags"}
    if by_hand:
        note.edited_fields = sorted({*note.edited_fields, *by_hand})
        note.edited_at = func.now()
    if changed:
        note.updated_at = func.clock_timestamp()


def set_tags(session: Session, note: Note, names: Sequence[str]) -> bool:
    """The note has these tags and no others; whether that changes anything. Tags that it keeps are left alone."""
    wanted = set(made(session, note.user_id, names).values())
    known = set(session.scalars(select(NoteTag.tag_id).where(NoteTag.note_id == note.id)))
    gone = delete(NoteTag).where(NoteTag.note_id == note.id, NoteTag.tag_id.in_(known - wanted))
    if known - wanted:
        session.execute(gone)
    session.add_all(NoteTag(note_id=note.id, tag_id=tag_id) for tag_id in wanted - known)
    session.flush()
    return wanted != known


def made(session: Session, user_id: UUID, names: Sequence[str]) -> dict[str, UUID]:
    """The user's tags of these names, made where they were missing."""
    found = tagging.find(session, user_id, names)
    while len(found) < len(set(names)):  # again where one was removed in between
        tagging.make(session, user_id, [name for name in names if name not in found])
        found = tagging.find(session, user_id, names)
    return found


def add_tags(session: Session, note_ids: Sequence[UUID], tag_ids: Sequence[UUID]) -> set[UUID]:
    """Give these notes these tags; the notes that lacked any of them."""
    pairs = [{"note_id": note, "tag_id": tag} for note in note_ids for tag in tag_ids]
    if not pairs:
        return set()
    adding = insert(NoteTag).values(pairs).on_conflict_do_nothing().returning(NoteTag.note_id)
    return set(session.scalars(adding))


def remove_tags(session: Session, note_ids: Sequence[UUID], tag_ids: Sequence[UUID]) -> set[UUID]:
    """Take these tags from these notes; the notes that had any of them."""
    theirs: tuple[ColumnElement[bool], ...] = (NoteTag.note_id.in_(note_ids), NoteTag.tag_id.in_(tag_ids))
    return set(session.scalars(delete(NoteTag).where(*theirs).returning(NoteTag.note_id)))


def _level(content: str, language: str) -> str:
    sentences = from_text(words_of(content[:_SAMPLE]), language)
    return complexity([sentence.text for sentence in sentences], language)
