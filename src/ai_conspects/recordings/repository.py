"""Queries on recordings, always those of one owner."""

from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.models import AudioRecording, RecordingStep, Segment, StepName, Transcript
from ai_conspects.recordings.errors import NoAudio


def recording(session: Session, user_id: UUID, recording_id: UUID) -> AudioRecording:
    """The recording; it is the caller's, so it is there. Raises `NoResultFound` if it has been deleted meanwhile."""
    found = select(AudioRecording).where(AudioRecording.id == recording_id, AudioRecording.user_id == user_id)
    return session.scalars(found).one()


def audio_key(recording: AudioRecording) -> str:
    """Where its audio stands in the store. Raises `NoAudio` for one that was imported as a transcript."""
    if recording.s3_key is None:
        raise NoAudio(recording.client_id)
    return recording.s3_key


def transcript(session: Session, user_id: UUID, recording_id: UUID) -> Transcript | None:
    """The recording's transcript, as far as it has come."""
    found = select(Transcript).where(Transcript.recording_id == recording_id, Transcript.user_id == user_id)
    return session.scalars(found).one_or_none()


def segments(session: Session, transcript_id: UUID) -> list[Segment]:
    """A transcript's segments in their order, without those that a person deleted."""
    found = select(Segment).where(Segment.transcript_id == transcript_id, ~Segment.is_deleted)
    return list(session.scalars(found.order_by(Segment.position)))


def step_output(session: Session, recording_id: UUID, name: StepName) -> dict[str, Any] | None:
    """What an earlier step of the recording left."""
    found = select(RecordingStep).where(RecordingStep.recording_id == recording_id, RecordingStep.name == name)
    return session.scalars(found).one().output
