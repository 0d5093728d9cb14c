"""Tags, and which note has which."""

from uuid import UUID

from sqlalchemy import Computed, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UserId

FOLDED_NAME = "lower(normalize(name, NFKC))"


class Tag(Base):
    """A user's word for a subject, unique among that user's whatever its case or Unicode form (`name_key`)."""

    __tablename__ = "tags"
    __table_args__ = (UniqueConstraint("user_id", "name"), UniqueConstraint("user_id", "name_key"))

    id: Mapped[Key]
    user_id: Mapped[UserId]
    name: Mapped[str] = mapped_column(String(50))
    name_key: Mapped[str] = mapped_column(Text, Computed(FOLDED_NAME, persisted=True))
    color: Mapped[str] = mapped_column(String(20), server_default="blue", default="blue")
    created_at: Mapped[CreatedAt]


class NoteTag(Base):
    """`confidence` is how strongly the note is about the tag, 0 to 1; none where a person set it."""

    __tablename__ = "note_tags"

    note_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[UUID] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True)
    confidence: Mapped[float | None]
