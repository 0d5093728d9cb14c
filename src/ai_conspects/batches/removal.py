"""Removes batches and recordings, whoever is at work on them: every row in one transaction, then the audio.

Steps are locked first and in the order of the plan, then the batch, as every worker does, so that nobody waits in a
circle. A worker that has one of the steps finds no row to write to. Notes stay unless they are to go too.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import ColumnElement, case, delete, func, select
from sqlalchemy.orm import Session

from ai_conspects.batches import repository
from ai_conspects.batches.errors import BatchNotFound
from ai_conspects.batches.service import refresh_batch
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.engines.errors import EngineError
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.models import AudioRecording, Note, ProcessingBatch, RecordingStep, StepName

log = structlog.get_logger()

_IN_ORDER = case({name.value: place for place, name in enumerate(StepName)}, value=RecordingStep.name)


@dataclass(frozen=True)
class Removed:
    """What is to go from the store once the rows are gone."""

    keys: tuple[str, ...]


def remove_batch(session: Session, user_id: UUID, client_id: str, *, with_notes: bool) -> Removed:
    """Cancel what isn't done, and remove the batch with its recordings. Raises `BatchNotFound`."""
    found = repository.find_batch(session, user_id, client_id)
    if found is None:
        raise BatchNotFound(client_id)
    _lock_steps(session, RecordingStep.batch_id == found.id)
    batch = repository.lock_batch(session, found.id)
    if batch is None:  # another request was faster
        raise BatchNotFound(client_id)
    return _remove_batch(session, batch, with_notes=with_notes)


def remove_recording(session: Session, recording: AudioRecording, *, with_notes: bool) -> Removed | None:
    """Remove one recording, and its batch with the last one; None if another request was faster."""
    _lock_steps(session, RecordingStep.recording_id == recording.id)
    batch = repository.lock_batch(session, recording.batch_id)
    if batch is None:
        return None
    others = (AudioRecording.batch_id == batch.id, AudioRecording.id != recording.id)
    if not session.scalar(select(func.count()).where(*others)):
        return _remove_batch(session, batch, with_notes=with_notes)
    keys = _remove_recordings(session, AudioRecording.id == recording.id, with_notes=with_notes)
    if keys is None:
        return None
    refresh_batch(session, batch.id)
    named = {"batch_id": batch.client_id, "recording_id": recording.client_id}
    publish(session, Event(batch.user_id, EventType.RECORDING_DELETED, named, batch.client_id))
    return Removed(tuple(keys))


def remove_audio(store: ObjectStore, removed: Removed) -> None:
    """Take it out of the store, after the commit. What can't be removed now, the sweep of orphans will."""
    if not removed.keys:
        return
    try:
        store.delete(list(removed.keys))
    except EngineError as error:
        log.warning("removal.objects_left", keys=len(removed.keys), code=error.code)


def _remove_batch(session: Session, batch: ProcessingBatch, *, with_notes: bool) -> Removed:
    keys = _remove_recordings(session, AudioRecording.batch_id == batch.id, with_notes=with_notes) or []
    gone = delete(ProcessingBatch).where(ProcessingBatch.id == batch.id)
    session.execute(gone.execution_options(synchronize_session=False))
    publish(session, Event(batch.user_id, EventType.BATCH_DELETED, {"batch_id": batch.client_id}, batch.client_id))
    return Removed(tuple(keys))


def _remove_recordings(session: Session, which: ColumnElement[bool], *, with_notes: bool) -> list[str] | None:
    """Their keys in the store; None where there were none of them any more."""
    if with_notes:
        ids = select(AudioRecording.id).where(which).scalar_subquery()
        made = delete(Note).where(Note.source_recording_id.in_(ids))
        session.execute(made.execution_options(synchronize_session=False))
    gone = delete(AudioRecording).where(which).returning(AudioRecording.s3_key)
    keys = session.scalars(gone.execution_options(synchronize_session=False)).all()
    return [key for key in keys if key is not None] if keys else None


def _lock_steps(session: Session, which: ColumnElement[bool]) -> Sequence[UUID]:
    in_order = select(RecordingStep.id).where(which).order_by(RecordingStep.recording_id, _IN_ORDER)
    return session.scalars(in_order.with_for_update()).all()
