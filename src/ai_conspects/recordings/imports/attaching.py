"""A transcript from elsewhere for a recording that is here: it takes the place of the recording's own."""

from uuid import UUID

from sqlalchemy import func, update
from sqlalchemy.orm import Session

from ai_conspects.core.conditional import names
from ai_conspects.models import AudioRecording, RecordingStep, StepName, StepStatus
from ai_conspects.recordings import repository, service
from ai_conspects.recordings.errors import InvalidTranscript, StaleTranscript
from ai_conspects.recordings.imports.imported import ImportedTranscript
from ai_conspects.recordings.imports.writing import engine, notice, write
from ai_conspects.recordings.reopening import derive_again, take_idle
from ai_conspects.recordings.service import Transcribed

BEYOND_S = 5.0
"""Subtitles often stand for a while after the last word."""


def attach(
    session: Session,
    user_id: UUID,
    client_id: str,
    imported: ImportedTranscript,
    *,
    language: str,
    if_match: str | None,
) -> AudioRecording:
    """Write the transcript in place of what the recording had, and make everything after it again.

    Raises `RecordingNotFound`, `RecordingBusy`, `RecordingCancelled`, `StaleTranscript`, `InvalidTranscript`.
    """
    recording = service.find(session, user_id, client_id)
    take_idle(session, recording)
    _check_match(session, recording, if_match)
    if recording.s3_key is None:
        recording.duration = imported.end_s
    elif recording.format and imported.end_s > recording.duration + BEYOND_S:  # its format is known once it is measured
        raise InvalidTranscript(f"it ends at {imported.end_s:.1f} s, the recording at {recording.duration:.1f} s")
    write(session, user_id, recording.id, imported, language=language)
    _mark_done(session, recording.id, imported)
    derive_again(session, recording)
    return recording


def _check_match(session: Session, recording: AudioRecording, if_match: str | None) -> None:
    transcript = repository.transcript(session, recording.user_id, recording.id)
    if if_match is not None and not (transcript and names(if_match, Transcribed(recording, transcript).etag)):
        raise StaleTranscript


def _mark_done(session: Session, recording_id: UUID, imported: ImportedTranscript) -> None:
    """The transcription is done by the import; so is an upload that failed, for nothing needs its audio any more."""
    done = {"status": StepStatus.DONE, "progress": 1.0, "error_code": None, "error_message": None}
    by_import = done | {"engine": engine(imported), "finished_at": func.now()}
    for name, values in (
        (StepName.AUDIO_UPLOAD, done),
        (StepName.TRANSCRIPTION, by_import | {"notice": notice(imported)}),
    ):
        mine = (RecordingStep.recording_id == recording_id, RecordingStep.name == name)
        session.execute(
            update(RecordingStep).where(*mine).values(**values).execution_options(synchronize_session=False)
        )
