"""Queries on relationships, always those of one owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.models import Note, NoteRelationship, NoteTag, Tag


@dataclass(frozen=True)
class Neighbour:
    """Another note of the same owner, and the cosine of the angle between both embeddings."""

    note: Note
    similarity: float


def hold(session: Session, user_id: UUID) -> None:
    """Wait until nobody else relates this owner's notes, and keep it so to the end of the transaction."""
    session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"relate:{user_id}", 0))))


def neighbours(session: Session, note: Note, limit: int) -> list[Neighbour]:
    """The notes that point most nearly the same way, by the same embedding model."""
    if note.embedding is None:
        return []
    similarity = (1 - Note.embedding.cosine_distance(note.embedding)).label("similarity")
    found = (
        select(Note, similarity)
        .where(
            Note.user_id == note.user_id,
            Note.id != note.id,
            Note.embedding_model == note.embedding_model,
            Note.embedding.is_not(None),
        )
        .order_by(similarity.desc())
        .limit(limit)
    )
    return [Neighbour(other, value) for other, value in session.execute(found)]


def tags_of(session: Session, note_ids: Sequence[UUID]) -> dict[UUID, set[str]]:
    """The names of each note's tags."""
    found = select(NoteTag.note_id, Tag.name).join(Tag, Tag.id == NoteTag.tag_id).where(NoteTag.note_id.in_(note_ids))
    names: dict[UUID, set[str]] = {note_id: set() for note_id in note_ids}
    for note_id, name in session.execute(found):
        names[note_id].add(name)
    return names


def keep(session: Session, relationships: Sequence[NoteRelationship]) -> None:
    """Store each pair once: a pair that is there already takes the new type, strength and reason."""
    for one in relationships:
        values = {
            "user_id": one.user_id,
            "note_1_id": one.note_1_id,
            "note_2_id": one.note_2_id,
            "relationship_type": one.relationship_type,
            "strength": one.strength,
            "description": one.description,
        }
        changed = {key: values[key] for key in ("relationship_type", "strength", "description")}
        session.execute(
            insert(NoteRelationship)
            .values(values)
            .on_conflict_do_update(index_elements=["note_1_id", "note_2_id"], set_=changed)
        )


def among(session: Session, user_id: UUID, note_ids: Sequence[UUID]) -> list[NoteRelationship]:
    """Every relationship in which one of these notes stands, strongest first."""
    found = select(NoteRelationship).where(
        NoteRelationship.user_id == user_id,
        or_(NoteRelationship.note_1_id.in_(note_ids), NoteRelationship.note_2_id.in_(note_ids)),
    )
    return list(session.scalars(found.order_by(NoteRelationship.strength.desc(), NoteRelationship.id)))


def titles(session: Session, user_id: UUID, note_ids: Sequence[UUID]) -> dict[UUID, str]:
    """Each note's title."""
    found = select(Note.id, Note.title).where(Note.user_id == user_id, Note.id.in_(note_ids))
    return {row.id: row.title for row in session.execute(found)}
