"""A finished batch's notes, relationships and figures, gathered for its owner."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session, defer

from ai_conspects.batches.errors import BatchNotFound
from ai_conspects.batches.repository import find_batch
from ai_conspects.core.errors import BadRequest
from ai_conspects.models import FINISHED, AudioRecording, NoteRelationship, ProcessingBatch, RecordingStep
from ai_conspects.notes import repository as notes_repository
from ai_conspects.notes.repository import WholeNote
from ai_conspects.relationships import repository as relationships_repository


class BatchNotCompleted(BadRequest):
    """Results are asked for while the batch is still being worked on."""

    code = "batch_not_completed"
    detail = "Batch not completed yet"


@dataclass(frozen=True)
class Results:
    """All of a batch. `related_topics` are the titles of related notes, strongest first, by note."""

    batch: ProcessingBatch
    recordings: list[AudioRecording]
    steps: dict[UUID, list[RecordingStep]]
    notes: list[WholeNote]
    relationships: list[NoteRelationship]
    related_topics: dict[UUID, list[str]]


def results(session: Session, user_id: UUID, batch_id: str) -> Results:
    """The results of the batch that the client calls `batch_id`. Raises `BatchNotFound`, `BatchNotCompleted`."""
    batch = find_batch(session, user_id, batch_id)
    if batch is None:
        raise BatchNotFound(batch_id)
    if batch.status not in FINISHED:
        raise BatchNotCompleted
    found = select(AudioRecording).where(AudioRecording.batch_id == batch.id).order_by(AudioRecording.position)
    notes = notes_repository.of_batch(session, user_id, batch.id)
    relationships = relationships_repository.among(session, user_id, [note.id for note in notes])
    return Results(
        batch,
        list(session.scalars(found)),
        _steps(session, batch.id),
        notes_repository.whole(session, notes),
        relationships,
        _related_topics(session, user_id, relationships),
    )


def _steps(session: Session, batch_id: UUID) -> dict[UUID, list[RecordingStep]]:
    """The steps of each recording, in the order in which they were made."""
    steps: dict[UUID, list[RecordingStep]] = defaultdict(list)
    found = select(RecordingStep).where(RecordingStep.batch_id == batch_id).options(defer(RecordingStep.output))
    for step in session.scalars(found.order_by(RecordingStep.finished_at)):
        steps[step.recording_id].append(step)
    return steps


def _related_topics(session: Session, user_id: UUID, relationships: list[NoteRelationship]) -> dict[UUID, list[str]]:
    ends = {note_id for r in relationships for note_id in (r.note_1_id, r.note_2_id)}
    titles = relationships_repository.titles(session, user_id, list(ends))
    topics: dict[UUID, list[str]] = defaultdict(list)
    for r in relationships:
        for one, other in ((r.note_1_id, r.note_2_id), (r.note_2_id, r.note_1_id)):
            if other in titles:  # it may have gone between the two queries
                topics[one].append(titles[other])
    return topics
