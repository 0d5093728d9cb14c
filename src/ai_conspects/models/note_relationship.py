"""Relationships between two notes of one user."""

from uuid import UUID

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UserId


class NoteRelationship(Base):
    """Stored once for a pair, the older note first. `strength` is computed, 0 to 1; `description` is the reason."""

    __tablename__ = "note_relationships"
    __table_args__ = (
        UniqueConstraint("note_1_id", "note_2_id"),
        CheckConstraint("note_1_id <> note_2_id", name="two_notes"),
    )

    id: Mapped[Key]
    user_id: Mapped[UserId]
    note_1_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"))
    note_2_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"), index=True)
    relationship_type: Mapped[str] = mapped_column(String(50))
    strength: Mapped[float]
    description: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[CreatedAt]
