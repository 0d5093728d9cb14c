"""A recording's notes made again, with other settings or another template; of another transcript if it is asked for."""

from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, StrictBool
from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.accounts.preferences import TemplateName
from ai_conspects.batches.schemas import Language
from ai_conspects.models import AudioRecording, RecordingStep, StepName, StepStatus
from ai_conspects.recordings import repository, service
from ai_conspects.recordings.errors import TranscriptCorrected, TranscriptIncomplete
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


class RemakeRecording(Remake):
    """As `Remake`, and what was said may be heard again."""

    language: Language | None = Field(
        None, description="Transcribe the audio again in this language (BCP 47), or `auto`. Unnamed: don't."
    )
    discard_corrections: StrictBool = Field(
        False, description="Transcribe again even if that loses what you have corrected."
    )


def regenerate(session: Session, user_id: UUID, client_id: str, wanted: RemakeRecording) -> AudioRecording:
    """Make the recording's notes again; also those that could not be made before.

    Raises `RecordingNotFound`, `RecordingBusy`, `RecordingCancelled`, `TranscriptIncomplete`; where it is to be heard
    again, `NoAudio` and `TranscriptCorrected`.
    """
    recording = service.find(session, user_id, client_id)
    settings = wanted.model_dump(exclude_none=True, exclude={"discard_corrections"})
    if wanted.language is None:
        again(session, recording, settings)
    else:
        _hear_again(session, recording, settings, may_discard=wanted.discard_corrections)
    return recording


def again(session: Session, recording: AudioRecording, wanted: dict[str, Any]) -> None:
    """Make its notes again with these settings over those of the last time. Raises as `regenerate` does."""
    take_idle(session, recording)
    transcript = repository.transcript(session, recording.user_id, recording.id)
    if transcript is None or not transcript.is_complete:
        raise TranscriptIncomplete
    _remember(session, recording, wanted)
    derive_again(session, recording, since=_since(session, recording, wanted))


def _hear_again(session: Session, recording: AudioRecording, wanted: dict[str, Any], *, may_discard: bool) -> None:
    """The transcript goes, and the audio is transcribed as `wanted` says. The old notes stand until the new ones do."""
    take_idle(session, recording)
    repository.audio_key(recording)
    transcript = repository.transcript(session, recording.user_id, recording.id)
    if transcript is not None:
        if not may_discard and repository.is_corrected(session, transcript.id):
            raise TranscriptCorrected
        session.delete(transcript)
    _remember(session, recording, wanted)
    taken_in = StepName.AUDIO_UPLOAD in _done(session, recording)
    derive_again(session, recording, since=StepName.TRANSCRIPTION if taken_in else StepName.AUDIO_UPLOAD)


def _remember(session: Session, recording: AudioRecording, wanted: dict[str, Any]) -> None:
    before = {key: value for key, value in (recording.remade or {}).items() if key != ONLY}
    recording.remade = before | wanted or None
    session.flush()


def _since(session: Session, recording: AudioRecording, wanted: dict[str, Any]) -> StepName:
    """The first step that isn't done, or that reads what is asked for: the analysis says how many notes there be."""
    done = _done(session, recording)
    if StepName.CONTENT_ANALYSIS not in done or "max_notes_per_recording" in wanted:
        return StepName.CONTENT_ANALYSIS
    return StepName.NOTE_GENERATION if StepName.RESEARCH_AUGMENTATION in done else StepName.RESEARCH_AUGMENTATION


def _done(session: Session, recording: AudioRecording) -> set[StepName]:
    mine = (RecordingStep.recording_id == recording.id, RecordingStep.status == StepStatus.DONE)
    return set(session.scalars(select(RecordingStep.name).where(*mine)))
