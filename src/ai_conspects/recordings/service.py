"""What a reader asks of a recording: how it stands, and what was said. Correcting and importing stand beside it."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.batches.removal import Removed, remove_recording
from ai_conspects.models import AudioRecording, Segment, StepName, Transcript
from ai_conspects.recordings import repository, shown
from ai_conspects.recordings.errors import RecordingNotFound, TranscriptNotReady, TranscriptWithoutTimes
from ai_conspects.recordings.formats import reading, subtitles
from ai_conspects.recordings.schemas import PeaksOut, RecordingDetails

Kind = Literal["txt", "srt", "vtt", "md"]

MEDIA_TYPES: dict[Kind, str] = {
    "txt": "text/plain; charset=utf-8",
    "srt": "application/x-subrip; charset=utf-8",
    "vtt": "text/vtt; charset=utf-8",
    "md": "text/markdown; charset=utf-8",
}


@dataclass(frozen=True)
class Transcribed:
    """A recording and its transcript, as far as it has come."""

    recording: AudioRecording
    transcript: Transcript

    @property
    def etag(self) -> str:
        """Changes with every write to the transcript or its segments."""
        return f'"{self.transcript.id.hex}-{self.transcript.revision}"'


def find(session: Session, user_id: UUID, client_id: str) -> AudioRecording:
    """The user's recording. Raises `RecordingNotFound`."""
    recording = repository.find(session, user_id, client_id)
    if recording is None:
        raise RecordingNotFound
    return recording


def remove(session: Session, user_id: UUID, client_id: str, *, with_notes: bool) -> Removed:
    """Remove the user's recording, whoever is at work on it. Raises `RecordingNotFound`."""
    removed = remove_recording(session, find(session, user_id, client_id), with_notes=with_notes)
    if removed is None:
        raise RecordingNotFound
    return removed


def peaks(session: Session, recording: AudioRecording) -> PeaksOut:
    """Its wave, as the first step left it. Raises `NoAudio`."""
    repository.audio_key(recording)
    output = repository.step_output(session, recording.id, StepName.AUDIO_UPLOAD) or {}
    return PeaksOut(duration=recording.duration, peaks=output.get("peaks", []))


def details(session: Session, recording: AudioRecording) -> RecordingDetails:
    """How the recording stands."""
    transcript = repository.transcript(session, recording.user_id, recording.id)
    return shown.details(
        recording,
        repository.batch_of(session, recording),
        repository.steps(session, recording.id),
        transcript.language if transcript else None,
    )


def transcribed(session: Session, user_id: UUID, client_id: str) -> Transcribed:
    """The user's recording with its transcript. Raises `RecordingNotFound`, `TranscriptNotReady`."""
    recording = find(session, user_id, client_id)
    transcript = repository.transcript(session, user_id, recording.id)
    if transcript is None:
        step = shown.state_of(recording, repository.steps(session, recording.id)).open_step
        raise TranscriptNotReady(step.name if step else None, step.error_message if step else None)
    return Transcribed(recording, transcript)


def written(found: Transcribed, segments: Sequence[Segment], kind: Kind) -> str:
    """The transcript as a file of this kind. Raises `TranscriptWithoutTimes` for subtitles of a text without times."""
    if kind == "txt":
        return reading.txt(segments)
    if kind == "md":
        return reading.md(segments, shown.heading(found.recording, found.transcript, segments))
    if any(segment.start_s is None for segment in segments):
        raise TranscriptWithoutTimes
    return subtitles.srt(segments) if kind == "srt" else subtitles.vtt(segments)
