"""Relationships between two notes of one user."""

from enum import StrEnum
from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UserId, words


class RelationshipType(StrEnum):
    """`related`, `repeats` and `contradicts` hold both ways. The others lead from one note to the other: it `continues`
    the other, is `part_of` it, or is its `prerequisite`."""

    RELATED = "related"
    REPEATS = "repeats"
    CONTRADICTS = "contradicts"
    CONTINUES = "continues"
    PART_OF = "part_of"
    PREREQUISITE = "prerequisite"


class NoteRelationship(Base):
    """Stored once for a pair, the older note first. `from_note_id` is the note from which it leads, None both ways.

    `strength` is computed, 0 to 1; `description` is the reason, with the words of both notes that show it.
    """

    __tablename__ = "note_relationships"
    __table_args__ = (
        UniqueConstraint("note_1_id", "note_2_id"),
        CheckConstraint("note_1_id <> note_2_id", name="two_notes"),
        CheckConstraint("from_note_id IN (note_1_id, note_2_id)", name="from_one_of_them"),
    )

    id: Mapped[Key]
    user_id: Mapped[UserId]
    note_1_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"))
    note_2_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"), index=True)
    relationship_type: Mapped[RelationshipType] = mapped_column(words(RelationshipType, 50))
    from_note_id: Mapped[UUID | None]
    strength: Mapped[float]
    description: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
