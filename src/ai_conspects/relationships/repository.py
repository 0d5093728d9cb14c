"""Queries on relationships, always those of one owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import ColumnElement, case, cast, delete, func, null, or_, select
from sqlalchemy.dialects.postgresql import REGCONFIG, insert
from sqlalchemy.orm import Session

from ai_conspects.models import Note, NoteChunk, NoteRelationship
from ai_conspects.models.note import SEARCH_CONFIGURATIONS


@dataclass(frozen=True)
class Neighbour:
    """Another note of the same owner, and the cosine of the angle between both embeddings, None where one lacks it."""

    note: Note
    similarity: float | None


def hold(session: Session, user_id: UUID) -> None:
    """Wait until nobody else relates this owner's notes, and keep it so to the end of the transaction."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"relate:{user_id}", 0))))


def comparable(note: Note) -> tuple[ColumnElement[bool], ...]:
    """Which notes are others of the same owner with a direction by the same embedding model."""
    same_model = (Note.embedding_model == note.embedding_model, Note.embedding.is_not(None))
    return (Note.user_id == note.user_id, Note.id != note.id, *same_model)


def nearest(session: Session, note: Note, limit: int) -> list[UUID]:
    """The notes that point most nearly the same way, by the same embedding model."""
    if note.embedding is None:
        return []
    found = select(Note.id).where(*comparable(note)).order_by(Note.embedding.cosine_distance(note.embedding))
    return list(session.scalars(found.limit(limit)))


def with_words(session: Session, note: Note, words: Sequence[str], limit: int) -> list[UUID]:
    """The notes with a chunk that has some of the words, best first, stemmed as the note's language is."""
    if not words:
        return []
    configuration = cast(SEARCH_CONFIGURATIONS.get(note.language.split("-")[0], "simple"), REGCONFIG)
    quoted = " | ".join("'" + word.replace("\\", "").replace("'", "''") + "'" for word in words)
    query = func.to_tsquery(configuration, quoted)
    rank = func.max(func.ts_rank(NoteChunk.tsv, query, 1))
    found = select(NoteChunk.note_id).where(
        NoteChunk.user_id == note.user_id, NoteChunk.note_id != note.id, NoteChunk.tsv.op("@@")(query)
    )
    return list(session.scalars(found.group_by(NoteChunk.note_id).order_by(rank.desc()).limit(limit)))


def neighbours(session: Session, note: Note, others: Sequence[UUID]) -> list[Neighbour]:
    """These notes of the same owner, with their directions compared where the same model gave them."""
    similar = 1 - Note.embedding.cosine_distance(note.embedding) if note.embedding is not None else null()
    similarity = case((Note.embedding_model == note.embedding_model, similar))
    found = select(Note, similarity).where(Note.user_id == note.user_id, Note.id.in_(others)).order_by(Note.id)
    return [Neighbour(other, value) for other, value in session.execute(found)]


def forget(session: Session, user_id: UUID, note_ids: Sequence[UUID]) -> None:
    """Remove every relationship in which one of these notes stands."""
    session.execute(delete(NoteRelationship).where(NoteRelationship.user_id == user_id, _with_any(note_ids)))


def keep(session: Session, relationships: Sequence[NoteRelationship]) -> None:
    """Store each pair once: a pair that is there already takes the new type, strength and reason."""
    for one in relationships:
        values = {
            "user_id": one.user_id,
            "note_1_id": one.note_1_id,
            "note_2_id": one.note_2_id,
            "relationship_type": one.relationship_type,
            "from_note_id": one.from_note_id,
            "strength": one.strength,
            "description": one.description,
        }
        changed = {key: values[key] for key in ("relationship_type", "from_note_id", "strength", "description")}
        session.execute(
            insert(NoteRelationship)
            .values(values)
            .on_conflict_do_update(index_elements=["note_1_id", "note_2_id"], set_=changed)
        )


def among(session: Session, user_id: UUID, note_ids: Sequence[UUID]) -> list[NoteRelationship]:
    """Every relationship in which one of these notes stands, strongest first."""
    found = select(NoteRelationship).where(NoteRelationship.user_id == user_id, _with_any(note_ids))
    return list(session.scalars(found.order_by(NoteRelationship.strength.desc(), NoteRelationship.id)))


def titles(session: Session, user_id: UUID, note_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Each note's title."""
    found = select(Note.id, Note.title).where(Note.user_id == user_id, Note.id.in_(note_ids))
    return {row.id: row.title for row in session.execute(found)}


def _with_any(note_ids: Sequence[UUID]) -> ColumnElement[bool]:
    return or_(NoteRelationship.note_1_id.in_(note_ids), NoteRelationship.note_2_id.in_(note_ids))
