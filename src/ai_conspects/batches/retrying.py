"""Tries again what has failed of a batch. What succeeded is kept: nothing is heard, searched or written twice."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ai_conspects.batches import repository
from ai_conspects.batches.errors import BatchNotFound
from ai_conspects.batches.service import RUN_STEP, refresh_batch
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.models import FINISHED, ProcessingBatch, RecordingStep, StepStatus


def retry(session: Session, user_id: UUID, client_id: str) -> int:
    """Make every failed step due again; how many there were. A second call at the same time finds none.

    A transcription goes on from its last checkpoint. Raises `BatchNotFound`.
    """
    batch = repository.find_batch(session, user_id, client_id)
    if batch is None:
        raise BatchNotFound(client_id)
    failed = (RecordingStep.batch_id == batch.id, RecordingStep.status == StepStatus.FAILED)
    steps = session.execute(
        select(RecordingStep.id, RecordingStep.queue)
        .where(*failed)
        .order_by(RecordingStep.recording_id)  # as whoever removes them does, so that nobody waits in a circle
        .with_for_update()
    ).all()
    if not steps:
        repository.batch(session, batch.id)  # as a retry at the same time, which was waited for, has left it
        return 0
    session.execute(
        update(RecordingStep)
        .where(RecordingStep.id.in_([step.id for step in steps]))
        .values(
            status=StepStatus.DUE,
            due_at=func.now(),
            fence=RecordingStep.fence + 1,
            attempt=0,
            waits=0,
            waiting_since=None,
            worker=None,
            lease_until=None,
            finished_at=None,
            error_code=None,
            error_message=None,
        )
        .execution_options(synchronize_session=False)
    )
    _reopen(session, batch)
    refresh_batch(session, batch.id)
    for step in steps:
        enqueue(session, Job(RUN_STEP, step.queue, step.id))
    return len(steps)


def _reopen(session: Session, batch: ProcessingBatch) -> None:
    """A finished batch was told to be at 100 per cent, and isn't any more."""
    untold = ProcessingBatch.progress.op("-")("progress_percentage")
    ended = (ProcessingBatch.id == batch.id, ProcessingBatch.status.in_(FINISHED))
    reopened = update(ProcessingBatch).where(*ended).values(progress=untold)
    session.execute(reopened.execution_options(synchronize_session=False))
