"""Searches on the web: what was asked for a user, and what came, so that nobody pays twice for one question."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, func
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base


class WebSearchRow(Base):
    """`key` is the SHA-256 of engine, language and phrases; `found` the pages that came, None while it is asked."""

    __tablename__ = "web_searches"
    __table_args__ = (Index("ix_web_searches_user_asked", "user_id", "asked_at"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[bytes] = mapped_column(LargeBinary(32), primary_key=True)
    engine: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime] = mapped_column(server_default=func.now())
    found: Mapped[list[Any] | None]
