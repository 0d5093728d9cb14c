"""One note made again, and what was made anew beside its owner's own words taken or dismissed."""

from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from ai_conspects.core.errors import Conflict
from ai_conspects.models import AudioRecording, Note
from ai_conspects.notes import proposals, service
from ai_conspects.notes.proposals import FIELDS, Field
from ai_conspects.notes.schemas import NoteOut
from ai_conspects.recordings.regenerating import ONLY, Remake, again


class NotMadeOfSpeech(Conflict):
    """Nothing that was said is behind the note any more, or ever was."""

    code = "note_without_recording"
    detail = "This note is not made of a recording that is still there, so it can't be made again."


class NothingProposed(Conflict):
    """There is no proposal, or none of the fields is in it."""

    code = "nothing_proposed"
    detail = "Nothing is proposed for these fields of the note."


class Take(BaseModel):
    """Which of the proposed fields become the note's; all of them unless said."""

    model_config = ConfigDict(extra="forbid")

    fields: list[Field] = list(FIELDS)


def regenerate(session: Session, user_id: UUID, note_id: UUID, wanted: Remake) -> AudioRecording:
    """Make this note again out of its part of the recording; the recording.

    Raises `NoteNotFound`, `NotMadeOfSpeech`, `RecordingBusy`, `RecordingCancelled`, `TranscriptIncomplete`.
    """
    note = service.find(session, user_id, note_id)
    recording = session.get(AudioRecording, note.source_recording_id) if note.source_recording_id else None
    if recording is None or not (note.basis or {}).get("sentences"):
        raise NotMadeOfSpeech
    # how many notes a recording has is no matter of one note
    asked: dict[str, Any] = wanted.model_dump(exclude_none=True, exclude={"max_notes_per_recording"})
    again(session, recording, asked | {ONLY: str(note_id)})
    return recording


def take(session: Session, user_id: UUID, note_id: UUID, wanted: Take) -> NoteOut:
    """Take what is proposed. Raises `NoteNotFound`, `NothingProposed`."""
    note = service.find(session, user_id, note_id, to_change=True)
    proposal = proposals.of_note(note)
    if proposal is None or all(getattr(proposal, field) is None for field in wanted.fields):
        raise NothingProposed
    proposals.take(session, note, wanted.fields, note.source_recording_id)
    return service.shown_one(session, note)


def dismiss(session: Session, user_id: UUID, note_id: UUID) -> Note:
    """The note stays as it is, and the proposal goes. Raises `NoteNotFound`."""
    note = service.find(session, user_id, note_id, to_change=True)
    note.proposal = None
    session.flush()
    return note
