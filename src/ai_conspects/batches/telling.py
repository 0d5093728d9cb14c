"""What listeners are told of a batch and its recordings. It decides nothing: the callers know what has changed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.batches.progress import BatchProgress
from ai_conspects.batches.states import RecordingState
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.models import FINISHED, AudioRecording, BatchStatus, ProcessingBatch, RecordingStatus


@dataclass(frozen=True)
class Names:
    """What a recording's owner calls it and its batch."""

    user_id: UUID
    batch_id: str
    recording_id: str


def names(session: Session, recording_id: UUID) -> Names:
    """The names of a recording. Raises `NoResultFound` if it has been deleted meanwhile."""
    found = (
        select(AudioRecording.user_id, ProcessingBatch.client_id, AudioRecording.client_id)
        .join(ProcessingBatch, ProcessingBatch.id == AudioRecording.batch_id)
        .where(AudioRecording.id == recording_id)
    )
    return Names(*session.execute(found).one())


def tell_recording(session: Session, type: EventType, named: Names, data: dict[str, Any]) -> None:
    """Something happened to a recording; its names stand beside `data`."""
    own = {"batch_id": named.batch_id, "recording_id": named.recording_id}
    publish(session, Event(named.user_id, type, own | data, named.batch_id))


def tell_progress(
    session: Session,
    batch: ProcessingBatch,
    progress: BatchProgress,
    recordings: Sequence[RecordingState],
    at: datetime,
) -> None:
    """How far a batch has come. `at` was taken while the batch's row was held, so that of two the later one counts."""
    data = _counts(batch, progress.status, recordings) | {
        "progress_percentage": progress.percentage,
        "current_step": progress.current_step,
        "completed_steps": list(progress.completed_steps),
    }
    publish(session, Event(batch.user_id, EventType.BATCH_PROGRESS, data, batch.client_id, at))


def tell_end(
    session: Session, batch: ProcessingBatch, was: BatchStatus, recordings: Sequence[RecordingState], at: datetime
) -> None:
    """That a batch has ended, if it has not before."""
    if batch.status not in FINISHED or was in FINISHED:
        return
    errors = [
        {"recording_id": each.client_id, "code": step.error_code, "message": step.error_message}
        for each in recordings
        if (step := each.failed_step)
    ]
    data = _counts(batch, batch.status, recordings) | {"errors": errors}
    publish(session, Event(batch.user_id, EventType.BATCH_FINISHED, data, batch.client_id, at))


def _counts(batch: ProcessingBatch, status: BatchStatus, recordings: Sequence[RecordingState]) -> dict[str, Any]:
    processed = sum(each.status == RecordingStatus.COMPLETED for each in recordings)
    return {
        "batch_id": batch.client_id,
        "status": status,
        "recordings_processed": processed,
        "total_recordings": len(recordings),
    }
