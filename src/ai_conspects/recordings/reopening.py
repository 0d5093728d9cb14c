"""A finished recording goes on again from a step, because what earlier steps left has changed."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session, defer

from ai_conspects.batches.service import RUN_STEP, refresh_batch
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.models import (
    STEP_QUEUES,
    AudioRecording,
    ProcessingBatch,
    RecordingStep,
    StepName,
    StepStatus,
)
from ai_conspects.recordings.errors import RecordingBusy, RecordingCancelled

DERIVED = tuple(StepName)[list(StepName).index(StepName.TRANSCRIPTION) + 1 :]
"""The steps that read the transcript, or what was made of it."""

_UNDER_WAY = {StepStatus.DUE, StepStatus.RUNNING}


def take_idle(session: Session, recording: AudioRecording) -> None:
    """Hold the recording's steps until the transaction ends, so that no worker and no other correction comes between.

    Raises `RecordingBusy`, also where another transaction has one of them, and `RecordingCancelled`.
    """
    free = (
        select(RecordingStep)
        .where(RecordingStep.recording_id == recording.id)
        .options(defer(RecordingStep.output))
        .with_for_update(skip_locked=True)
    )
    statuses = [step.status for step in session.scalars(free.execution_options(populate_existing=True))]
    if len(statuses) < len(StepName) or _UNDER_WAY & set(statuses):
        raise RecordingBusy
    if StepStatus.CANCELLED in statuses:
        raise RecordingCancelled


def derive_again(session: Session, recording: AudioRecording, since: StepName = DERIVED[0]) -> None:
    """Everything from this step on is to be done again, and the batch is under way again.

    The old notes stand until the new ones are written.
    """
    first, *_ = names = tuple(StepName)[list(StepName).index(since) :]
    _reset(session, recording.id, names)
    if since not in {StepName.NOTE_GENERATION, StepName.RELATIONSHIP_MAPPING}:
        _forget_paid(session, recording.id)
    step_id = session.scalars(
        update(RecordingStep)
        .where(RecordingStep.recording_id == recording.id, RecordingStep.name == first)
        .values(status=StepStatus.DUE, due_at=func.now())
        .returning(RecordingStep.id)
        .execution_options(synchronize_session=False)
    ).one()
    untold = ProcessingBatch.progress.op("-")("progress_percentage")
    nothing_told = update(ProcessingBatch).where(ProcessingBatch.id == recording.batch_id).values(progress=untold)
    session.execute(nothing_told.execution_options(synchronize_session=False))
    refresh_batch(session, recording.batch_id)
    enqueue(session, Job(RUN_STEP, STEP_QUEUES[first], step_id))


def _reset(session: Session, recording_id: UUID, names: Sequence[StepName]) -> None:
    """As a submit leaves them, but for the fence: what a worker of the last time still holds must not be written."""
    session.execute(
        update(RecordingStep)
        .where(RecordingStep.recording_id == recording_id, RecordingStep.name.in_(names))
        .values(
            status=StepStatus.WAITING,
            fence=RecordingStep.fence + 1,
            attempt=0,
            waits=0,
            progress=0.0,
            work_s=0.0,
            worker=None,
            due_at=None,
            lease_until=None,
            waiting_since=None,
            started_at=None,
            finished_at=None,
            engine=None,
            notice=None,
            error_code=None,
            error_message=None,
            output=None,
            usage=None,
        )
        .execution_options(synchronize_session=False)
    )


def _forget_paid(session: Session, recording_id: UUID) -> None:
    """What a failed step had from its model is of use only while the words are the same."""
    mine = update(RecordingStep).where(RecordingStep.recording_id == recording_id)
    session.execute(mine.values(paid=None).execution_options(synchronize_session=False))
