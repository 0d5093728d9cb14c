"""Queries on batches, their recordings and steps; what a client asks for is always scoped to its user."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, insert, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.orm import Session

from ai_conspects.batches.states import RecordingState, Standing, StepState
from ai_conspects.batches.submission import Submission
from ai_conspects.core.ids import uuid7
from ai_conspects.models import (
    STEP_QUEUES,
    AudioRecording,
    BatchStatus,
    ProcessingBatch,
    RecordingStatus,
    RecordingStep,
    StepName,
    StepStatus,
    User,
)

FIRST_STEP, *LATER_STEPS = StepName

# by their values: an enumeration's own way takes six times as long, and a status goes it forty times
_STEP_NAMES = {name.value: name for name in StepName}
_STEP_STATUSES = {status.value: status for status in StepStatus}


def device_id(session: Session, user_id: UUID) -> str | None:
    """The device of a user."""
    return session.scalar(select(User.device_id).where(User.id == user_id))


def recording_id(session: Session, user_id: UUID, client_id: str) -> UUID | None:
    """The key of the user's recording, by the id that the client gave it."""
    mine = (AudioRecording.user_id == user_id, AudioRecording.client_id == client_id)
    return session.scalar(select(AudioRecording.id).where(*mine))


def find_batch(session: Session, user_id: UUID, client_id: str) -> ProcessingBatch | None:
    """The user's batch by the id that the client gave it."""
    mine = (ProcessingBatch.user_id == user_id, ProcessingBatch.client_id == client_id)
    return session.scalar(select(ProcessingBatch).where(*mine))


def batch(session: Session, batch_id: UUID) -> ProcessingBatch | None:
    """The batch as it stands now."""
    return session.get(ProcessingBatch, batch_id, populate_existing=True)


def lock_batch(session: Session, batch_id: UUID) -> ProcessingBatch | None:
    """The batch as it is now, held until the transaction ends, so that its steps are counted by one at a time."""
    query = select(ProcessingBatch).where(ProcessingBatch.id == batch_id).with_for_update(key_share=True)
    return session.scalar(query.execution_options(populate_existing=True))


def add_batch(session: Session, submission: Submission) -> ProcessingBatch | None:
    """The new batch; None if the user has one of this client id. Waits for another submit of the same id to end."""
    return session.scalar(
        postgresql.insert(ProcessingBatch)
        .values(
            id=uuid7(),
            client_id=submission.body.batch_id,
            user_id=submission.user_id,
            status=BatchStatus.ACCEPTED,
            settings=submission.body.settings.model_dump(mode="json"),
            content_sha256=submission.content_sha256,
        )
        .on_conflict_do_nothing(index_elements=["user_id", "client_id"])
        .returning(ProcessingBatch)
    )


def add_recordings(session: Session, batch_id: UUID, submission: Submission) -> list[str]:
    """Add the recordings; the client ids of those that the user has already. In the order of ids, against deadlocks."""
    rows = sorted(_recordings(batch_id, submission), key=lambda row: str(row["client_id"]))
    added = session.scalars(
        postgresql.insert(AudioRecording)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["user_id", "client_id"])
        .returning(AudioRecording.client_id)
    ).all()
    return sorted({str(row["client_id"]) for row in rows} - set(added))


def _recordings(batch_id: UUID, submission: Submission) -> list[dict[str, Any]]:
    together = zip(submission.body.recordings, submission.audio, strict=True)
    return [
        {
            "id": audio.recording_id,
            "client_id": recording.id,
            "batch_id": batch_id,
            "user_id": submission.user_id,
            "position": position,
            "filename": recording.filename,
            "s3_key": audio.key,
            "sha256": audio.sha256,
            "duration": recording.duration,
            "file_size": audio.size_bytes,
            "client_metadata": recording.metadata,
            "status": RecordingStatus.PENDING,
            "created_at": recording.created_at,
        }
        for position, (recording, audio) in enumerate(together)
    ]


def add_steps(session: Session, batch_id: UUID, submission: Submission) -> list[UUID]:
    """Every step of every recording: the first is due, the rest wait. The keys of the first ones."""
    first = [_step(batch_id, submission.user_id, audio.recording_id, FIRST_STEP) for audio in submission.audio]
    for step in first:
        step |= {"status": StepStatus.DUE, "due_at": func.now()}
    session.execute(insert(RecordingStep).values(first))
    session.execute(
        insert(RecordingStep),
        [
            _step(batch_id, submission.user_id, audio.recording_id, name)
            for audio in submission.audio
            for name in LATER_STEPS
        ],
    )
    return [step["id"] for step in first]


def _step(batch_id: UUID, user_id: UUID, recording_id: UUID, name: StepName) -> dict[str, Any]:
    return {
        "id": uuid7(),
        "recording_id": recording_id,
        "batch_id": batch_id,
        "user_id": user_id,
        "name": name,
        "queue": STEP_QUEUES[name],
        "status": StepStatus.WAITING,
    }


_STEPS = (
    select(
        func.json_agg(
            func.json_build_array(
                RecordingStep.name,
                RecordingStep.status,
                RecordingStep.progress,
                RecordingStep.error_code,
                RecordingStep.error_message,
            )
        )
    )
    .where(RecordingStep.recording_id == AudioRecording.id)
    .scalar_subquery()
)
_STATES = func.json_agg(
    aggregate_order_by(
        func.json_build_array(
            AudioRecording.id,
            AudioRecording.client_id,
            AudioRecording.filename,
            AudioRecording.duration,
            AudioRecording.status,
            _STEPS,
        ),
        AudioRecording.position,
        AudioRecording.id,
    )
)
"""A batch's recordings with their steps as one value: as rows they would be six times as many, and as slow."""

# asked for by every status and every step: built once
_OF_BATCH = select(_STATES).where(AudioRecording.batch_id == bindparam("batch_id"))
_STANDING = select(
    ProcessingBatch.id,
    ProcessingBatch.status,
    ProcessingBatch.progress,
    ProcessingBatch.created_at,
    ProcessingBatch.updated_at,
    select(_STATES).where(AudioRecording.batch_id == ProcessingBatch.id).scalar_subquery().label("recordings"),
).where(ProcessingBatch.user_id == bindparam("user_id"), ProcessingBatch.client_id == bindparam("client_id"))


def recordings_of(session: Session, batch_id: UUID) -> list[RecordingState]:
    """The recordings of a batch in their order, with their steps: one query, however many there are."""
    session.flush()  # the connection knows nothing of what the session has yet to write
    return _states(session.connection().execute(_OF_BATCH, {"batch_id": batch_id}).scalar_one())


def standing(session: Session, user_id: UUID, client_id: str) -> Standing | None:
    """The user's batch with its recordings as they stand now, by the id that the client gave it: one query."""
    asked = {"user_id": user_id, "client_id": client_id}
    session.flush()
    row = session.connection().execute(_STANDING, asked).one_or_none()
    if row is None:
        return None
    return Standing(row.id, row.status, row.progress, row.created_at, row.updated_at, _states(row.recordings))


def _states(found: list[list[Any]] | None) -> list[RecordingState]:
    return [
        RecordingState(UUID(id_), client_id, filename, duration_s, RecordingStatus(status), _steps(steps or []))
        for id_, client_id, filename, duration_s, status, steps in found or []
    ]


def _steps(found: list[list[Any]]) -> tuple[StepState, ...]:
    """In the order in which they are done."""
    steps = {name: StepState(_STEP_NAMES[name], _STEP_STATUSES[status], *rest) for name, status, *rest in found}
    return tuple(steps[name] for name in _STEP_NAMES if name in steps)


def save_recordings(session: Session, rows: list[dict[str, Any]]) -> None:
    """Write columns of recordings, each row with its `id`."""
    if rows:
        session.execute(update(AudioRecording), rows)


def raise_progress(session: Session, batch_id: UUID, percentage: int) -> datetime | None:
    """Remember the highest percentage that a client was told; the batch itself has not changed.

    When that was, or None where a client was told as much before. It holds the batch's row.
    """
    known = func.coalesce(ProcessingBatch.progress["progress_percentage"].as_integer(), 0)
    raised = session.execute(
        update(ProcessingBatch)
        .where(ProcessingBatch.id == batch_id, known < percentage)
        .values(
            progress=ProcessingBatch.progress.op("||")(func.jsonb_build_object("progress_percentage", percentage)),
            updated_at=ProcessingBatch.updated_at,
        )
        .returning(func.clock_timestamp())
        .execution_options(synchronize_session=False)
    )
    return raised.scalar_one_or_none()
