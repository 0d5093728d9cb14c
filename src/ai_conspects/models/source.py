"""Sources: what a search really found, never what a model made up."""

from datetime import date
from uuid import UUID

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UserId


class Source(Base):
    """A page found for a note. `relevance` is computed, 0 to 1; `published_on` is the day that it tells, if it does."""

    __tablename__ = "sources"

    id: Mapped[Key]
    note_id: Mapped[UUID] = mapped_column(ForeignKey("notes.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[UserId]
    title: Mapped[str] = mapped_column(String(500))
    url: Mapped[str | None] = mapped_column(String(1000))
    type: Mapped[str] = mapped_column(String(50))
    relevance: Mapped[float]
    quote: Mapped[str | None] = mapped_column(Text)
    published_on: Mapped[date | None]
    created_at: Mapped[CreatedAt]
