"""Recordings: a row for each piece of audio in the store."""

from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, Index, LargeBinary, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, JsonOrNull, Key, UpdatedAt, UserId, words


class RecordingStatus(StrEnum):
    """`pending → processing → completed | failed | cancelled`."""

    PENDING = "pending"
    PROCESSING = "processing"
    COMPLETED = "completed"
    FAILED = "failed"
    CANCELLED = "cancelled"


class AudioRecording(Base):
    """`duration` is what the client claims until `audio_upload` has measured it, then the truth, in seconds.

    `remade` are settings that the owner asked for when the notes were made again; they go over the batch's.
    `created_at` is when it was recorded, by the client's word; `received_at` when it reached this server.
    """

    __tablename__ = "audio_recordings"
    __table_args__ = (
        UniqueConstraint("user_id", "client_id"),
        Index("ix_audio_recordings_user_created", "user_id", text("created_at DESC")),
    )

    id: Mapped[Key]
    client_id: Mapped[str] = mapped_column(String(128))
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("processing_batches.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[UserId]
    position: Mapped[int]  # its place in the batch
    filename: Mapped[str] = mapped_column(String(255))
    file_path: Mapped[str | None] = mapped_column(String(500))  # the protocol's; audio stands under s3_key alone
    s3_key: Mapped[str | None] = mapped_column(String(500), unique=True)  # none: imported as a transcript
    sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    duration: Mapped[float]
    file_size: Mapped[int] = mapped_column(BigInteger)
    format: Mapped[str | None] = mapped_column(String(10))
    sample_rate: Mapped[int | None]
    channels: Mapped[int | None]
    client_metadata: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    remade: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
    status: Mapped[RecordingStatus] = mapped_column(words(RecordingStatus, 20), default=RecordingStatus.PENDING)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    is_processed: Mapped[bool] = mapped_column(server_default=text("false"), default=False)
    created_at: Mapped[CreatedAt]
    received_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
