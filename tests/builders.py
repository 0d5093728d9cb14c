"""Rows for tests, as a submit leaves them."""

import hashlib
from typing import Any
from uuid import UUID, uuid4

import psycopg
from sqlalchemy import func
from sqlalchemy.orm import Session

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.batches.schemas import ProcessingSettings
from ai_conspects.core.ids import uuid7
from ai_conspects.models import (
    STEP_QUEUES,
    AudioRecording,
    ProcessingBatch,
    RecordingStep,
    StepName,
    StepStatus,
    User,
)


def a_user(session: Session) -> UUID:
    """A user with a device of its own."""
    user = User(device_id=f"device-{uuid4()}")
    session.add(user)
    session.flush()
    return user.id


def a_batch(session: Session, user_id: UUID, *, recordings: int = 1, **settings: Any) -> list[UUID]:
    """A batch just accepted: the ids of its recordings, whose first step is due and whose audio is `audio/<id>`."""
    batch = ProcessingBatch(
        client_id=str(uuid4()),
        user_id=user_id,
        settings=ProcessingSettings(**settings).model_dump(mode="json"),
        content_sha256=hashlib.sha256(b"").digest(),
    )
    session.add(batch)
    session.flush()
    return [_a_recording(session, batch, position) for position in range(recordings)]


def _a_recording(session: Session, batch: ProcessingBatch, position: int) -> UUID:
    recording_id = uuid7()
    session.add(
        AudioRecording(
            id=recording_id,
            client_id=str(recording_id),
            batch_id=batch.id,
            user_id=batch.user_id,
            position=position,
            filename=f"{position}.m4a",
            s3_key=f"audio/{batch.user_id}/{recording_id}",
            sha256=hashlib.sha256(b"").digest(),
            duration=10.0,
            file_size=1,
        )
    )
    session.flush()
    for name, queue in STEP_QUEUES.items():
        first = name == StepName.AUDIO_UPLOAD
        session.add(
            RecordingStep(
                recording_id=recording_id,
                batch_id=batch.id,
                user_id=batch.user_id,
                name=name,
                queue=queue,
                status=StepStatus.DUE if first else StepStatus.WAITING,
                due_at=func.now() if first else None,
            )
        )
    session.flush()
    return recording_id


def as_owner(parts: Parts, statement: str) -> None:
    """Change the tables themselves, which the server's own role may not."""
    with psycopg.connect(parts.settings.database_url.get_secret_value(), autocommit=True) as owner:
        owner.execute(statement.encode())
