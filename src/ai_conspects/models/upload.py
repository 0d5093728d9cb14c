"""Resumable uploads: how far each has come, and under which keys its bytes lie. Bytes without a row don't count."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UserId


class Upload(Base):
    """One recording on its way. `wanted` is what to make of it, as its client said at the creation.

    `fence` and `lease_until` let one request at a time append, as with a step. A finished one goes with its recording.
    """

    __tablename__ = "uploads"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        Index("ix_uploads_unfinished", "expires_at", postgresql_where=text("finished_at IS NULL")),
    )

    id: Mapped[Key]
    user_id: Mapped[UserId]
    client_id: Mapped[str] = mapped_column(String(128))  # of the recording that it becomes
    length: Mapped[int] = mapped_column(BigInteger)  # bytes, as announced
    received: Mapped[int] = mapped_column(BigInteger, server_default=text("0"), default=0)  # bytes that are durable
    metadata_header: Mapped[str] = mapped_column(Text)  # as it came, for HEAD
    wanted: Mapped[dict[str, Any]]
    fence: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    lease_until: Mapped[datetime | None]
    recording_id: Mapped[UUID | None] = mapped_column(ForeignKey("audio_recordings.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class UploadPart(Base):
    """Bytes `start` to `start + size` of an upload, durable in the store under `key`."""

    __tablename__ = "upload_parts"
    __table_args__ = (UniqueConstraint("upload_id", "start"),)

    id: Mapped[Key]
    upload_id: Mapped[UUID] = mapped_column(ForeignKey("uploads.id", ondelete="CASCADE"))
    start: Mapped[int] = mapped_column(BigInteger)
    size: Mapped[int] = mapped_column(BigInteger)
    key: Mapped[str] = mapped_column(String(500), unique=True)
