"""Queries on recordings, always those of one owner."""

from typing import Any
from uuid import UUID

from sqlalchemy import exists, or_, select
from sqlalchemy.orm import Session, defer

from ai_conspects.models import AudioRecording, ProcessingBatch, RecordingStep, Segment, StepName, Transcript
from ai_conspects.recordings.errors import NoAudio

_LABEL = r"^([a-z]|\d+|s\d+|speaker[ _-]?\d+)$"
"""What engines and importers call a speaker of whom they know no name."""


def recording(session: Session, user_id: UUID, recording_id: UUID) -> AudioRecording:
    """The recording; it is the caller's, so it is there. Raises `NoResultFound` if it has been deleted meanwhile."""
    found = select(AudioRecording).where(AudioRecording.id == recording_id, AudioRecording.user_id == user_id)
    return session.scalars(found).one()


def audio_key(recording: AudioRecording) -> str:
    """Where its audio stands in the store. Raises `NoAudio` for one that was imported as a transcript."""
    if recording.s3_key is None:
        raise NoAudio
    return recording.s3_key


def transcript(session: Session, user_id: UUID, recording_id: UUID) -> Transcript | None:
    """The recording's transcript, as far as it has come."""
    found = select(Transcript).where(Transcript.recording_id == recording_id, Transcript.user_id == user_id)
    return session.scalars(found).one_or_none()


def segments(session: Session, transcript_id: UUID, since_s: float | None = None) -> list[Segment]:
    """A transcript's segments in their order, without those that a person deleted.

    With `since_s` only those that end after this second, and those without times.
    """
    found = select(Segment).where(Segment.transcript_id == transcript_id, ~Segment.is_deleted)
    if since_s is not None:
        found = found.where(or_(Segment.end_s.is_(None), Segment.end_s > since_s))
    return list(session.scalars(found.order_by(Segment.position)))


def is_corrected(session: Session, transcript_id: UUID) -> bool:
    """Whether a person has corrected or deleted any of its segments, or named who speaks there."""
    touched = or_(Segment.is_corrected, Segment.is_deleted, ~Segment.speaker.regexp_match(_LABEL, "i"))
    return bool(session.scalar(select(exists().where(Segment.transcript_id == transcript_id, touched))))


def step_output(session: Session, recording_id: UUID, name: StepName) -> dict[str, Any] | None:
    """What an earlier step of the recording left."""
    found = select(RecordingStep).where(RecordingStep.recording_id == recording_id, RecordingStep.name == name)
    return session.scalars(found).one().output


def find(session: Session, user_id: UUID, client_id: str) -> AudioRecording | None:
    """The user's recording by the id that the client gave it."""
    mine = (AudioRecording.user_id == user_id, AudioRecording.client_id == client_id)
    return session.scalar(select(AudioRecording).where(*mine))


def batch_of(session: Session, recording: AudioRecording) -> ProcessingBatch:
    """The batch with which the recording came."""
    return session.get_one(ProcessingBatch, recording.batch_id)


def steps(session: Session, recording_id: UUID) -> list[RecordingStep]:
    """A recording's steps in their order, without what they left."""
    found = select(RecordingStep).where(RecordingStep.recording_id == recording_id)
    order = list(StepName)
    fresh = found.options(defer(RecordingStep.output)).execution_options(populate_existing=True)
    rows = session.scalars(fresh)
    return sorted(rows, key=lambda step: order.index(step.name))
