"""The sweeper: whatever crashed, was lost or forgotten is made to go on. Safe to run twice at once, anywhere."""

from collections.abc import Callable

import structlog
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ai_conspects.batches.service import RUN_STEP, refresh_batch
from ai_conspects.batches.telling import names
from ai_conspects.core import metrics
from ai_conspects.core.db import Database
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.models import Queue, RecordingStep, StepStatus
from ai_conspects.pipeline.telling import tell_step

log = structlog.get_logger()

QueueLength = Callable[[Queue], int]
"""How many messages wait on a queue. Raises when the broker is away."""


def sweep(database: Database, *, max_attempts: int, queue_length: QueueLength) -> None:
    """Free steps whose lease has ended, set aside those that crash their workers, ring for every step that is due."""
    with database.transaction(as_system="sweep: lost leases") as session:
        _free_lost(session, max_attempts)
    for queue in Queue:
        _ring_due(database, queue, queue_length)


def _free_lost(session: Session, max_attempts: int) -> None:
    lost = session.scalars(
        select(RecordingStep)
        .where(RecordingStep.status == StepStatus.RUNNING, RecordingStep.lease_until < func.now())
        .with_for_update(skip_locked=True)
    ).all()
    for step in lost:
        if step.attempt >= max_attempts:
            step.status = StepStatus.FAILED
            step.error_code = "step_crashed"
            step.error_message = f"The worker died {step.attempt} times in this step. The recording is kept."
        else:
            step.status = StepStatus.DUE
        step.worker = None
        step.lease_until = None
        metrics.LEASE_EXPIRIES.labels(step=step.name).inc()
        error = (step.error_code, step.error_message) if step.error_code and step.error_message else None
        tell_step(session, names(session, step.recording_id), step.name, step.status, error=error)
        log.warning("lease.expired", step_id=str(step.id), step=step.name, attempt=step.attempt, status=step.status)
    ids = [step.id for step in lost]
    session.flush()
    session.execute(
        update(RecordingStep)
        .where(RecordingStep.id.in_(ids), RecordingStep.status == StepStatus.DUE)
        .values(due_at=func.now())
    )
    for batch_id in sorted({step.batch_id for step in lost}):  # in one order, against deadlocks
        refresh_batch(session, batch_id)


def _ring_due(database: Database, queue: Queue, queue_length: QueueLength) -> None:
    """As many rings as steps are due beyond the messages that wait: a message is for any due step, not for one."""
    with database.transaction(as_system="sweep: steps due") as session:
        due = select(RecordingStep.id).where(
            RecordingStep.queue == queue, RecordingStep.status == StepStatus.DUE, RecordingStep.due_at <= func.now()
        )
        ids = session.scalars(due.order_by(RecordingStep.due_at)).all()
        missing = len(ids) - queue_length(queue) if ids else 0
        for step_id in ids[: max(0, missing)]:
            enqueue(session, Job(RUN_STEP, queue, step_id))
