"""Writes an imported transcript as a recording's own."""

from uuid import UUID

from sqlalchemy import delete
from sqlalchemy.orm import Session

from ai_conspects.models import Transcript
from ai_conspects.recordings import repository, transcripts
from ai_conspects.recordings.imports.imported import ImportedTranscript
from ai_conspects.text.languages import detect

UNTIMED = "Imported as a text without times, so its citations have none."


def engine(transcript: ImportedTranscript) -> str:
    """`import:srt`: who is answerable for the words."""
    return f"import:{transcript.format}"


def notice(transcript: ImportedTranscript) -> str | None:
    """What a reader must know of it."""
    return None if transcript.has_times else UNTIMED


def write(
    session: Session, user_id: UUID, recording_id: UUID, imported: ImportedTranscript, *, language: str
) -> Transcript:
    """The recording's transcript is now this one, and complete. `language` is a BCP 47 tag or `auto`."""
    mine = (Transcript.recording_id == recording_id, Transcript.user_id == user_id)
    session.execute(delete(Transcript).where(*mine).execution_options(synchronize_session="fetch"))
    made = transcripts.append(
        session, user_id, recording_id, imported.segments, done_until_s=imported.end_s, engine=engine(imported)
    )
    made.language, made.language_probability = _language(imported, language)
    made.notice = notice(imported)
    made.confidence = transcripts.confidence(repository.segments(session, made.id))  # flagged on the way, too
    made.is_complete = True
    session.flush()
    return made


def _language(imported: ImportedTranscript, wanted: str) -> tuple[str, float | None]:
    named = imported.language if wanted == "auto" else wanted
    if named:
        return named, None
    return detect(" ".join(segment.text for segment in imported.segments[:500]))
