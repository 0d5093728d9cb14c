"""Sessions (one per login) and the chain of refresh tokens that each has spent."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UserId


class AuthSession(Base):
    """A family of refresh tokens. Revoked as a whole when one of them is used twice."""

    __tablename__ = "auth_sessions"

    id: Mapped[Key]
    user_id: Mapped[UserId]
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[CreatedAt]
    revoked_at: Mapped[datetime | None]
    client: Mapped[str | None] = mapped_column(String(200))  # what the program calls itself, by its User-Agent


class RefreshToken(Base):
    """One link of the chain: `used_at` is set when its successor is given out."""

    __tablename__ = "refresh_tokens"

    id: Mapped[Key]
    session_id: Mapped[UUID] = mapped_column(ForeignKey("auth_sessions.id", ondelete="CASCADE"), index=True)
    token_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    created_at: Mapped[CreatedAt]
    used_at: Mapped[datetime | None]
    successor_id: Mapped[UUID | None] = mapped_column(ForeignKey("refresh_tokens.id", ondelete="SET NULL"))
