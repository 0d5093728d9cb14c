"""Batches: what a client sent together."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UpdatedAt, UserId, words


class BatchStatus(StrEnum):
    """`accepted → processing → completed | partial | failed`, and `cancelled` from the first two."""

    ACCEPTED = "accepted"
    PROCESSING = "processing"
    COMPLETED = "completed"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"


FINISHED = frozenset({BatchStatus.COMPLETED, BatchStatus.PARTIAL, BatchStatus.FAILED, BatchStatus.CANCELLED})


class ProcessingBatch(Base):
    """One submit. `content_sha256` tells the same batch sent again from another one under the same id."""

    __tablename__ = "processing_batches"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        Index("ix_processing_batches_user_created", "user_id", text("created_at DESC")),
    )

    id: Mapped[Key]
    client_id: Mapped[str] = mapped_column(String(128))
    user_id: Mapped[UserId]
    status: Mapped[BatchStatus] = mapped_column(words(BatchStatus, 20), default=BatchStatus.ACCEPTED)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    finished_at: Mapped[datetime | None]
    estimated_time: Mapped[int | None]  # minutes
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    progress: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    error_message: Mapped[str | None] = mapped_column(Text)
    content_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
