"""Tags, and which note has which."""

from uuid import UUID

from sqlalchemy import ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UserId


class Tag(Base):
    """A user's word for a subject; its name is unique among that user's."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[Key]
    user_id: Mapped[UserId]
    name: Mapped[str] = mapped_column(String(50))
    color: Mapped[str] = mapped_column(String(20), server_default="blue", default="blue")
    created_at: Mapped[CreatedAt]


class NoteTag(Base):
    """`confidence` is how strongly the note is about the tag, 0 to 1; none where a person set it."""

    __tablename__ = "note_tags"

    note_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True)
    confidence: Mapped[float | None]
