"""Results on the wire: the protocol's fields, and the errors of what failed."""

from pydantic import BaseModel

from ai_conspects.core.clock import now
from ai_conspects.models import AudioRecording, BatchStatus, RecordingStatus, RecordingStep, StepName
from ai_conspects.notes.schemas import NoteOut, note_out
from ai_conspects.relationships.schemas import Edge
from ai_conspects.results.service import Results


class ProcessingSummary(BaseModel):
    """`total_processing_time` is in seconds from submit to the end; `confidence_avg` is null where there is no note."""

    total_recordings: int
    notes_generated: int
    total_processing_time: int
    confidence_avg: float | None


class RelationshipOut(Edge):
    """Two notes that belong together, the older first.

    `from_note_id`: the one that continues the other, is part of it or its prerequisite; null where it holds both ways.
    """


class RecordingOut(BaseModel):
    """Who made each step of a recording, and what its reader must know. `duration` is in seconds."""

    id: str
    filename: str
    status: RecordingStatus
    duration: float
    engines: dict[StepName, str]
    notices: list[str]


class RecordingErrorOut(BaseModel):
    """Why a recording has no notes."""

    recording_id: str
    filename: str
    code: str
    message: str


class BatchResults(BaseModel):
    """The protocol's results."""

    batch_id: str
    status: BatchStatus
    processing_summary: ProcessingSummary
    notes: list[NoteOut]
    relationships: list[RelationshipOut]
    recordings: list[RecordingOut]
    errors: list[RecordingErrorOut]


def batch_results(found: Results) -> BatchResults:
    """The results as clients see them."""
    confidences = [c for whole in found.notes if (c := whole.note.confidence) is not None]
    ended = found.batch.finished_at or now()
    return BatchResults(
        batch_id=found.batch.client_id,
        status=found.batch.status,
        processing_summary=ProcessingSummary(
            total_recordings=len(found.recordings),
            notes_generated=len(found.notes),
            total_processing_time=int((ended - found.batch.created_at).total_seconds()),
            confidence_avg=round(sum(confidences) / len(confidences), 2) if confidences else None,
        ),
        notes=[note_out(whole, found.related_topics[whole.note.id]) for whole in found.notes],
        relationships=[RelationshipOut.model_validate(one, from_attributes=True) for one in found.relationships],
        recordings=[_recording_out(recording, found.steps[recording.id]) for recording in found.recordings],
        errors=[
            RecordingErrorOut(
                recording_id=recording.client_id,
                filename=recording.filename,
                code=recording.error_code or "unknown",
                message=recording.error_message or "",
            )
            for recording in found.recordings
            if recording.status == RecordingStatus.FAILED
        ],
    )


def _recording_out(recording: AudioRecording, steps: list[RecordingStep]) -> RecordingOut:
    return RecordingOut(
        id=recording.client_id,
        filename=recording.filename,
        status=recording.status,
        duration=round(recording.duration, 2),
        engines={step.name: step.engine for step in steps if step.engine},
        notices=list(dict.fromkeys(step.notice for step in steps if step.notice)),
    )
