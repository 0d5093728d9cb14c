"""Templates: forms for notes that users made. Those that come with the server are files (`templates/forms`)."""

from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UpdatedAt


class NoteTemplate(Base):
    """`name` is what a submit names it by, unique for its user. `sections` is a list of `{heading, holds, kind}`."""

    __tablename__ = "note_templates"
    __table_args__ = (UniqueConstraint("user_id", "name"),)

    id: Mapped[Key]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    name: Mapped[str] = mapped_column(String(40))
    title: Mapped[str] = mapped_column(String(100))
    sections: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    wishes: Mapped[str] = mapped_column(Text, server_default=text("''"), default="")
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
