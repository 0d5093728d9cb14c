"""A recording's notes made again from its transcript, with other settings or another template."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.accounts.preferences import TemplateName
from ai_conspects.models import AudioRecording, RecordingStep, StepName, StepStatus
from ai_conspects.recordings import repository, service
from ai_conspects.recordings.errors import TranscriptIncomplete
from ai_conspects.recordings.reopening import derive_again, take_idle

ONLY = "only_note"
"""In `audio_recordings.remade`: the one note that is made again."""


class Remake(BaseModel):
    """What shall be other than when the notes were last made; what is not named stays as it was."""

    model_config = ConfigDict(extra="forbid")

    analysis_depth: Literal["brief", "detailed", "deep"] | None = None
    generate_tags: StrictBool | None = None
    max_notes_per_recording: int | None = Field(None, ge=1, le=20)
    include_related_topics: StrictBool | None = None
    template: TemplateName | None = None


def regenerate(session: Session, user_id: UUID, client_id: str, wanted: Remake) -> AudioRecording:
    """Make the recording's notes again; also those that could not be made before.

    Raises `RecordingNotFound`, `RecordingBusy`, `RecordingCancelled`, `TranscriptIncomplete`.
    """
    recording = service.find(session, user_id, client_id)
    again(session, recording, wanted.model_dump(exclude_none=True))
    return recording


def again(session: Session, recording: AudioRecording, wanted: dict[str, Any]) -> None:
    """Make its notes again with these settings over those of the last time. Raises as `regenerate` does."""
    take_idle(session, recording)
    transcript = repository.transcript(session, recording.user_id, recording.id)
    if transcript is None or not transcript.is_complete:
        raise TranscriptIncomplete
    before = {key: value for key, value in (recording.remade or {}).items() if key != ONLY}
    recording.remade = before | wanted or None
    session.flush()
    derive_again(session, recording, since=_since(session, recording, wanted))


def _since(session: Session, recording: AudioRecording, wanted: dict[str, Any]) -> StepName:
    """The first step that isn't done, or that reads what is asked for: the analysis says how many notes there be."""
    done = set(
        session.scalars(
            select(RecordingStep.name).where(
                RecordingStep.recording_id == recording.id, RecordingStep.status == StepStatus.DONE
            )
        )
    )
    if StepName.CONTENT_ANALYSIS not in done or "max_notes_per_recording" in wanted:
        return StepName.CONTENT_ANALYSIS
    return StepName.NOTE_GENERATION if StepName.RESEARCH_AUGMENTATION in done else StepName.RESEARCH_AUGMENTATION
