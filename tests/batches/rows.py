"""Rows as a submit leaves them, made directly: for tests of what happens after it."""

from datetime import timedelta
from uuid import UUID, uuid4

from sqlalchemy import func, insert
from sqlalchemy.orm import Session

from ai_conspects.core.ids import uuid7
from ai_conspects.models import AudioRecording, ProcessingBatch, RecordingStep, User
from ai_conspects.models.recording_step import STEP_QUEUES, StepName, StepStatus


def add_user(session: Session) -> UUID:
    user = User(device_id=f"device-{uuid4()}")
    session.add(user)
    session.flush()
    return user.id


def add_batch(
    session: Session, user_id: UUID, recordings: int = 1, *, duration_s: float = 60, late_s: float = 0
) -> UUID:
    """A batch whose recordings are due at their first step; `late_s` seconds from now."""
    batch_id = uuid7()
    batch = {"id": batch_id, "client_id": str(batch_id), "user_id": user_id, "content_sha256": bytes(32)}
    session.execute(insert(ProcessingBatch).values(batch))
    keys = [uuid7() for _ in range(recordings)]
    session.execute(
        insert(AudioRecording), [_recording(key, batch_id, user_id, n, duration_s) for n, key in enumerate(keys)]
    )
    session.execute(
        insert(RecordingStep).values(due_at=func.now() + timedelta(seconds=late_s)),
        [_step(key, batch_id, user_id, StepName.AUDIO_UPLOAD, StepStatus.DUE) for key in keys],
    )
    session.execute(
        insert(RecordingStep),
        [_step(key, batch_id, user_id, name, StepStatus.WAITING) for key in keys for name in list(StepName)[1:]],
    )
    return batch_id


def _recording(key: UUID, batch_id: UUID, user_id: UUID, position: int, duration_s: float) -> dict[str, object]:
    return {
        "id": key,
        "client_id": str(key),
        "batch_id": batch_id,
        "user_id": user_id,
        "position": position,
        "filename": "a.m4a",
        "s3_key": f"audio/{user_id}/{key}",
        "sha256": bytes(32),
        "duration": duration_s,
        "file_size": 1,
    }


def _step(key: UUID, batch_id: UUID, user_id: UUID, name: StepName, status: StepStatus) -> dict[str, object]:
    return {
        "id": uuid7(),
        "recording_id": key,
        "batch_id": batch_id,
        "user_id": user_id,
        "name": name,
        "queue": STEP_QUEUES[name],
        "status": status,
    }
