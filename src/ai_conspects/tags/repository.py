"""Queries on tags, always those of one owner."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Select, Uuid, case, delete, func, literal, null, select, tuple_
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.models import NoteTag, Tag


@dataclass(frozen=True)
class CountedTag:
    """A tag, and how many notes have it."""

    tag: Tag
    note_count: int


def page(session: Session, user_id: UUID, after: tuple[str, UUID] | None, limit: int) -> list[CountedTag]:
    """So many tags in the order of their names, those after this name and key if one is given."""
    found = _counted(user_id).order_by(Tag.name_key, Tag.id).limit(limit)
    if after is not None:
        found = found.where(tuple_(Tag.name_key, Tag.id) > after)
    return [CountedTag(*row) for row in session.execute(found)]


def counted(session: Session, user_id: UUID, tag_id: UUID) -> CountedTag | None:
    """The user's tag with its count."""
    row = session.execute(_counted(user_id).where(Tag.id == tag_id)).one_or_none()
    return CountedTag(*row) if row else None


def _counted(user_id: UUID) -> Select[Tag, int]:
    count = select(func.count()).where(NoteTag.tag_id == Tag.id).scalar_subquery()
    return select(Tag, count).where(Tag.user_id == user_id)


def lock(session: Session, user_id: UUID, tag_ids: Sequence[UUID]) -> dict[UUID, Tag]:
    """The user's tags of these keys, held until the transaction ends; in one order, against deadlocks."""
    found = select(Tag).where(Tag.user_id == user_id, Tag.id.in_(tag_ids)).order_by(Tag.id).with_for_update()
    return {tag.id: tag for tag in session.scalars(found.execution_options(populate_existing=True))}


def add(session: Session, user_id: UUID, name: str, color: str) -> UUID | None:
    """The new tag's key; None if the user has one of this name, or gets one at this very moment."""
    made = insert(Tag).values(user_id=user_id, name=name, color=color)
    return session.scalar(made.on_conflict_do_nothing().returning(Tag.id))


def move_notes(session: Session, source: UUID, target: UUID) -> None:
    """Every note with the source tag has the target tag. A tag that a person set once stays a person's."""
    moved = select(NoteTag.note_id, literal(target, Uuid), NoteTag.confidence).where(NoteTag.tag_id == source)
    adding = insert(NoteTag).from_select(["note_id", "tag_id", "confidence"], moved.order_by(NoteTag.note_id))
    either = case(
        (NoteTag.confidence.is_(None) | adding.excluded.confidence.is_(None), null()),
        else_=func.greatest(NoteTag.confidence, adding.excluded.confidence),
    )
    session.execute(adding.on_conflict_do_update(index_elements=["note_id", "tag_id"], set_={"confidence": either}))
    session.execute(delete(NoteTag).where(NoteTag.tag_id == source))
