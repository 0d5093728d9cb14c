"""Decides about imports: new, the same again or in conflict; and writes a recording that has no audio."""

import hashlib
import json
from typing import Any
from uuid import UUID

from sqlalchemy import func, insert
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from ai_conspects.batches.errors import BatchExists, RecordingExists
from ai_conspects.batches.estimate import measure_pace, minutes_left
from ai_conspects.batches.service import RUN_STEP, refresh_batch, weights
from ai_conspects.core.clock import now
from ai_conspects.core.ids import uuid7
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.models import (
    STEP_QUEUES,
    AudioRecording,
    BatchStatus,
    ProcessingBatch,
    RecordingStatus,
    RecordingStep,
    StepName,
    StepStatus,
)
from ai_conspects.recordings import repository
from ai_conspects.recordings.imports.body import ImportBody
from ai_conspects.recordings.imports.imported import ImportedTranscript
from ai_conspects.recordings.imports.writing import engine, notice, write
from ai_conspects.recordings.reopening import DERIVED


def accept(
    session: Session, user_id: UUID, body: ImportBody, transcript: ImportedTranscript
) -> tuple[AudioRecording, bool]:
    """The recording, and whether it is new: else it stands as it was imported before.

    Raises `RecordingExists` where the id is another recording's, `BatchExists` where the batch's is another batch's.
    """
    digest = _digest(body)
    known = repository.find(session, user_id, body.id)
    batch_id = None if known else _add_batch(session, user_id, body, digest)
    if batch_id is None:
        return _again(session, user_id, body, digest), False
    recording_id = _add_recording(session, user_id, batch_id, body, transcript)
    if recording_id is None:
        raise RecordingExists([body.id])
    step_id = _add_steps(session, user_id, batch_id, recording_id, transcript)
    write(session, user_id, recording_id, transcript, language=body.language)
    refresh_batch(session, batch_id)
    enqueue(session, Job(RUN_STEP, STEP_QUEUES[DERIVED[0]], step_id))
    return repository.recording(session, user_id, recording_id), True


def _again(session: Session, user_id: UUID, body: ImportBody, digest: bytes) -> AudioRecording:
    known = repository.find(session, user_id, body.id)
    if known is None:
        raise BatchExists(body.batch_id or body.id)
    if repository.batch_of(session, known).content_sha256 != digest:
        raise RecordingExists([body.id])
    return known


def _digest(body: ImportBody) -> bytes:
    """Equal for two imports that mean the same."""
    exclude = {"settings": {"template"}} if body.settings.template is None else None  # as before there were templates
    content = body.model_dump(mode="json", exclude=exclude) | {
        "content": hashlib.sha256(body.content.encode()).hexdigest()
    }
    return hashlib.sha256(json.dumps(["import", content], sort_keys=True).encode()).digest()


def _add_batch(session: Session, user_id: UUID, body: ImportBody, digest: bytes) -> UUID | None:
    """A batch of one; None if the user has one of this id. Waits for another import of the same id to end."""
    return session.scalar(
        postgresql.insert(ProcessingBatch)
        .values(
            id=uuid7(),
            client_id=body.batch_id or body.id,
            user_id=user_id,
            status=BatchStatus.ACCEPTED,
            settings=body.settings.model_dump(mode="json") | {"language": body.language},
            content_sha256=digest,
        )
        .on_conflict_do_nothing(index_elements=["user_id", "client_id"])
        .returning(ProcessingBatch.id)
    )


def _add_recording(
    session: Session, user_id: UUID, batch_id: UUID, body: ImportBody, transcript: ImportedTranscript
) -> UUID | None:
    content = body.content.encode()
    return session.scalar(
        postgresql.insert(AudioRecording)
        .values(
            id=uuid7(),
            client_id=body.id,
            batch_id=batch_id,
            user_id=user_id,
            position=0,
            filename=body.filename or f"{body.id}.{transcript.format}",
            s3_key=None,
            sha256=hashlib.sha256(content).digest(),
            duration=transcript.end_s,
            file_size=len(content),
            format=transcript.format,
            status=RecordingStatus.PENDING,
            created_at=body.created_at or now(),
        )
        .on_conflict_do_nothing(index_elements=["user_id", "client_id"])
        .returning(AudioRecording.id)
    )


def _add_steps(
    session: Session, user_id: UUID, batch_id: UUID, recording_id: UUID, transcript: ImportedTranscript
) -> UUID:
    """The steps up to the transcription are done, the next one is due; its key."""
    rows = [
        _step(name, transcript)
        | {"id": uuid7(), "recording_id": recording_id, "batch_id": batch_id, "user_id": user_id, "name": name}
        for name in StepName
    ]
    for row in rows:  # one by one: their columns differ
        session.execute(insert(RecordingStep).values(row))
    pace = measure_pace(session)
    work_s = max(1.0, transcript.end_s) * sum(pace.shares[name] for name in DERIVED)
    batch = session.get_one(ProcessingBatch, batch_id)
    batch.estimated_time, batch.progress = minutes_left(pace, [work_s], 0.0), weights(pace)
    first: UUID = next(row["id"] for row in rows if row["name"] == DERIVED[0])
    return first


def _step(name: StepName, transcript: ImportedTranscript) -> dict[str, Any]:
    queue = {"queue": STEP_QUEUES[name]}
    if name == DERIVED[0]:
        return queue | {"status": StepStatus.DUE, "due_at": func.now()}
    if name in DERIVED:
        return queue | {"status": StepStatus.WAITING}
    done = {"status": StepStatus.DONE, "progress": 1.0, "finished_at": func.now(), "engine": engine(transcript)}
    said = notice(transcript) if name == StepName.TRANSCRIPTION else None
    return queue | done | {"notice": said}
