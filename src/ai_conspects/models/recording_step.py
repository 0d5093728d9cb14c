"""Steps: one row for each recording and step, the only truth about what is done, due and in whose hands."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, JsonOrNull, Key, UpdatedAt, UserId, words


class StepStatus(StrEnum):
    """`waiting → due → running → done | failed`; a lost lease or an absent engine leads from `running` to `due`."""

    WAITING = "waiting"
    DUE = "due"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class StepName(StrEnum):
    """The protocol's processing steps, in their order."""

    AUDIO_UPLOAD = "audio_upload"
    TRANSCRIPTION = "transcription"
    CONTENT_ANALYSIS = "content_analysis"
    RESEARCH_AUGMENTATION = "research_augmentation"
    NOTE_GENERATION = "note_generation"
    RELATIONSHIP_MAPPING = "relationship_mapping"


class Queue(StrEnum):
    """The Celery queues: each can have workers (and machines) of its own."""

    AUDIO = "audio"
    LLM = "llm"
    RESEARCH = "research"
    EMBEDDINGS = "embeddings"


STEP_QUEUES: dict[StepName, Queue] = {
    StepName.AUDIO_UPLOAD: Queue.AUDIO,
    StepName.TRANSCRIPTION: Queue.AUDIO,
    StepName.CONTENT_ANALYSIS: Queue.LLM,
    StepName.RESEARCH_AUGMENTATION: Queue.RESEARCH,
    StepName.NOTE_GENERATION: Queue.LLM,
    StepName.RELATIONSHIP_MAPPING: Queue.EMBEDDINGS,
}
"""Every step in its order, and the queue on which it rings."""


class RecordingStep(Base):
    """A step is claimed with a lease and a fence; a write by a worker whose fence is old changes no row.

    `attempt` counts claims that neither ended nor were given back; `waits` counts times an engine was away,
    `waiting_since` is when that began and no progress was made since.
    `progress` is the share done, 0 to 1. `work_s` is time in engines. `output` is what later steps read.
    `paid` holds answers of a model that the step has while it isn't done, so that none is asked for twice; `usage` is
    what they cost, `{calls, tokens_in, tokens_out, estimated_calls}`.
    """

    __tablename__ = "recording_steps"
    __table_args__ = (
        UniqueConstraint("recording_id", "name"),
        Index("ix_recording_steps_due", "queue", "user_id", "due_at", "id", postgresql_where=text("status = 'due'")),
        Index("ix_recording_steps_running", "lease_until", postgresql_where=text("status = 'running'")),
        Index("ix_recording_steps_started", "user_id", "queue", text("started_at DESC")),
    )

    id: Mapped[Key]
    recording_id: Mapped[UUID] = mapped_column(ForeignKey("audio_recordings.id", ondelete="CASCADE"))
    batch_id: Mapped[UUID] = mapped_column(ForeignKey("processing_batches.id", ondelete="CASCADE"), index=True)
    user_id: Mapped[UserId]
    name: Mapped[StepName] = mapped_column(words(StepName, 32))
    queue: Mapped[Queue] = mapped_column(words(Queue, 16))
    status: Mapped[StepStatus] = mapped_column(words(StepStatus, 16), default=StepStatus.WAITING)
    attempt: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    waits: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    fence: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    worker: Mapped[str | None] = mapped_column(String(128))
    due_at: Mapped[datetime | None]
    lease_until: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    updated_at: Mapped[UpdatedAt]
    progress: Mapped[float] = mapped_column(server_default=text("0"), default=0.0)
    work_s: Mapped[float] = mapped_column(server_default=text("0"), default=0.0)
    engine: Mapped[str | None] = mapped_column(String(128))
    notice: Mapped[str | None] = mapped_column(Text)
    error_code: Mapped[str | None] = mapped_column(String(64))
    error_message: Mapped[str | None] = mapped_column(Text)
    output: Mapped[dict[str, Any] | None]
    paid: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull, deferred=True)
    usage: Mapped[dict[str, Any] | None] = mapped_column(JsonOrNull)
