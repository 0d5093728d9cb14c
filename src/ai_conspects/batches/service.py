"""Decides about batches: whether a submit is new, the same again or in conflict, and what its steps make of it."""

from typing import Any
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ai_conspects.accounts.quotas import require_room
from ai_conspects.batches import repository
from ai_conspects.batches.errors import BatchExists, BatchNotFound, RecordingExists
from ai_conspects.batches.estimate import FIRST_GUESS, Pace, find_place, measure_pace, minutes_left
from ai_conspects.batches.figures import ServerFigures
from ai_conspects.batches.progress import BatchProgress, Shares, reckon
from ai_conspects.batches.schemas import BatchStatusAnswer, Progress, RecordingError, RecordingProgress, SubmitAnswer
from ai_conspects.batches.states import RecordingState, Standing
from ai_conspects.batches.submission import Submission
from ai_conspects.batches.telling import tell_end, tell_progress
from ai_conspects.core.errors import FieldError, Unprocessable
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.core.settings import LimitSettings
from ai_conspects.models import FINISHED, STEP_QUEUES, BatchStatus, ProcessingBatch, RecordingStatus, StepName

RUN_STEP = "pipeline.run_step"


def accept(session: Session, submission: Submission, limits: LimitSettings | None = None) -> tuple[SubmitAnswer, bool]:
    """Make the batch and its steps; the answer, and whether the batch is new: else it stands as it was sent before.

    Of many that come at once with one id, the database's unique constraint lets one in, and the others wait for it.
    Without `limits` its bytes were counted before. Raises `BatchExists`, `RecordingExists`, `QuotaExceeded`, and
    `Unprocessable` for a device that isn't the caller's.
    """
    body = submission.body
    if repository.device_id(session, submission.user_id) != body.device_id:
        fault = FieldError(("device_id",), "is not the device that this token belongs to")
        raise Unprocessable("The device_id is not the one that this token belongs to.", errors=(fault,))
    batch = repository.add_batch(session, submission)
    if batch is None:
        answer = _again(session, submission)
        if answer is not None:
            return answer, False
        return accept(session, submission, limits)  # it was removed at this very moment: its id is free
    known = repository.add_recordings(session, batch.id, submission)
    if known:
        raise RecordingExists(known)
    if limits is not None:
        require_room(session, submission.user_id, limits)
    for step_id in repository.add_steps(session, batch.id, submission):
        enqueue(session, Job(RUN_STEP, STEP_QUEUES[repository.FIRST_STEP], step_id))
    place = find_place(session, batch.id)
    audio_s = [max(1.0, each.duration) for each in body.recordings]
    pace = measure_pace(session)
    batch.estimated_time = minutes_left(pace, audio_s, place.ahead_audio_s)
    batch.progress = weights(pace)
    refresh_batch(session, batch.id)
    return _answer(batch, place.position), True


def _again(session: Session, submission: Submission) -> SubmitAnswer | None:
    batch = repository.find_batch(session, submission.user_id, submission.body.batch_id)
    if batch is None:
        return None
    if batch.content_sha256 != submission.content_sha256:
        raise BatchExists(submission.body.batch_id)
    return _answer(batch, 0 if batch.status in FINISHED else find_place(session, batch.id).position)


def _answer(batch: ProcessingBatch, position: int) -> SubmitAnswer:
    return SubmitAnswer(
        batch_id=batch.client_id,
        status=batch.status,
        estimated_time=batch.estimated_time or 1,
        queue_position=position,
    )


def weights(pace: Pace) -> dict[str, Any]:
    """What a new batch's `progress` holds: the steps' shares of the work by which its percentage is reckoned.

    They are fixed when it comes, so that workers needn't measure the pace again at every step.
    """
    return {"shares": dict(pace.shares)}


def refresh_batch(session: Session, batch_id: UUID) -> BatchStatus:
    """Bring the batch's row and its recordings' up to their steps; the batch's status now.

    Call it in the transaction that changed a step. It holds the batch's row until that transaction ends.
    Raises `BatchNotFound`.
    """
    session.flush()
    batch = repository.lock_batch(session, batch_id)
    if batch is None:
        raise BatchNotFound(str(batch_id))
    recordings, was = repository.recordings_of(session, batch_id), batch.status
    progress = reckon(recordings, shares_of(batch), was=was, at_least=_told(batch))
    changed = [each for each in recordings if each.status != each.was]
    repository.save_recordings(session, [_recording_row(recording) for recording in changed])
    batch.status = progress.status
    batch.error_message = _batch_error(recordings)
    batch.progress = {
        **batch.progress,
        "current_step": progress.current_step,
        "completed_steps": list(progress.completed_steps),
        "progress_percentage": progress.percentage,
    }
    moment = session.scalars(select(func.clock_timestamp())).one()
    if progress.status not in FINISHED:
        batch.finished_at = None
    elif batch.finished_at is None:
        batch.finished_at = func.now()
    batch.updated_at = moment  # a step has changed, even where these figures have not
    tell_progress(session, batch, progress, recordings, moment)
    tell_end(session, batch, was, recordings, moment)
    return progress.status


def advance(session: Session, batch_id: UUID) -> None:
    """Tell listeners that a batch has come further inside a step, if it has by a whole per cent."""
    batch = repository.batch(session, batch_id)
    if batch is None or batch.status in FINISHED:
        return
    recordings = repository.recordings_of(session, batch_id)
    progress = reckon(recordings, shares_of(batch), was=batch.status, at_least=_told(batch))
    if progress.percentage > _told(batch):
        raised_at = repository.raise_progress(session, batch_id, progress.percentage)
        if raised_at is not None:
            tell_progress(session, batch, progress, recordings, raised_at)


def batch_status(session: Session, user_id: UUID, client_id: str, figures: ServerFigures) -> BatchStatusAnswer:
    """How far the user's batch has come. Raises `BatchNotFound`."""
    batch = repository.standing(session, user_id, client_id)
    if batch is None:
        raise BatchNotFound(client_id)
    progress = reckon(batch.recordings, shares_of(batch), was=batch.status, at_least=_told(batch))
    if progress.percentage > _told(batch):
        repository.raise_progress(session, batch.id, progress.percentage)
    shown = [_shown(recording, share) for recording, share in zip(batch.recordings, progress.done, strict=True)]
    minutes = _minutes_left(session, batch, progress, figures)
    return BatchStatusAnswer(
        batch_id=client_id,
        status=progress.status,
        progress=Progress(
            current_step=progress.current_step,
            completed_steps=list(progress.completed_steps),
            progress_percentage=progress.percentage,
            estimated_remaining=minutes,
        ),
        recordings_processed=sum(each.status == RecordingStatus.COMPLETED for each in shown),
        total_recordings=len(shown),
        created_at=batch.created_at,
        updated_at=batch.updated_at,
        recordings=shown,
    )


def _told(batch: ProcessingBatch | Standing) -> int:
    return int(batch.progress.get("progress_percentage", 0))


def shares_of(batch: ProcessingBatch | Standing) -> Shares:
    """Those with which it came; batches of earlier releases have none."""
    known = batch.progress.get("shares")
    return {name: known[name] for name in StepName} if known else FIRST_GUESS


def _minutes_left(session: Session, batch: Standing, progress: BatchProgress, figures: ServerFigures) -> int:
    if progress.status in FINISHED:
        return 0
    ahead_s = figures.place(session, batch).ahead_audio_s if progress.status == BatchStatus.ACCEPTED else 0.0
    left_s = [each.weight_s * (1 - share) for each, share in zip(batch.recordings, progress.done, strict=True)]
    return minutes_left(figures.pace(session), left_s, ahead_s)


def _shown(recording: RecordingState, share: float) -> RecordingProgress:
    status, step, failed = recording.status, recording.open_step, recording.failed_step
    is_done = status in {RecordingStatus.COMPLETED, RecordingStatus.FAILED}
    error = None
    if failed:
        error = RecordingError(code=failed.error_code or "internal_error", message=failed.error_message or "It failed.")
    return RecordingProgress(
        id=recording.client_id,
        filename=recording.filename,
        status=status,
        step=step.name if step else None,
        progress=100 if is_done else min(99, int(100 * share)),
        error=error,
    )


def _recording_row(recording: RecordingState) -> dict[str, Any]:
    status, failed = recording.status, recording.failed_step
    return {
        "id": recording.id,
        "status": status,
        "is_processed": status == RecordingStatus.COMPLETED,
        "error_code": failed.error_code if failed else None,
        "error_message": failed.error_message if failed else None,
    }


def _batch_error(recordings: list[RecordingState]) -> str | None:
    failed = [(each.client_id, step.error_message) for each in recordings if (step := each.failed_step)]
    if not failed:
        return None
    first_id, why = failed[0]
    return f"{len(failed)} of {len(recordings)} recordings failed; {first_id}: {why}"
