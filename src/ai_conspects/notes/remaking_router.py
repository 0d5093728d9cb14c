"""`/notes/{id}/regenerate` and `/proposal`, and `/recordings/{id}/regenerate`: notes made again."""

from uuid import UUID

from fastapi import APIRouter, Response

from ai_conspects.accounts.dependencies import SessionDep, SessionUser
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.notes import remaking
from ai_conspects.notes.remaking import Take
from ai_conspects.notes.schemas import NoteOut
from ai_conspects.recordings import regenerating, service
from ai_conspects.recordings.regenerating import Remake, RemakeRecording
from ai_conspects.recordings.schemas import RecordingDetails

router = APIRouter(route_class=InOneThread, responses=documented(401, 404, 422, 503))


@router.post("/recordings/{recording_id}/regenerate", status_code=202, tags=["recordings"], responses=documented(409))
def regenerate_recording(
    recording_id: str, session: SessionDep, user: SessionUser, wanted: RemakeRecording | None = None
) -> RecordingDetails:
    """Make the notes again from the transcript, as before or with other settings. Also a way on after a failure.

    With a `language`, the audio is transcribed again: for one that was named wrongly, or that the engine didn't know.
    The old notes stand until the new ones are there. They keep their ids, by their places, and what you did to them:
    where you have edited a text, the new one stands in the note's `proposal`.
    """
    recording = regenerating.regenerate(session, user.id, recording_id, wanted or RemakeRecording())
    return service.details(session, recording)


@router.post("/notes/{note_id}/regenerate", status_code=202, tags=["notes"], responses=documented(409))
def regenerate_note(
    note_id: UUID, session: SessionDep, user: SessionUser, wanted: Remake | None = None
) -> RecordingDetails:
    """Make this one note again out of its part of the recording, whose state is the answer."""
    recording = remaking.regenerate(session, user.id, note_id, wanted or Remake())
    return service.details(session, recording)


@router.post("/notes/{note_id}/proposal", tags=["notes"], responses=documented(409))
def take_proposal(note_id: UUID, session: SessionDep, user: SessionUser, wanted: Take | None = None) -> NoteOut:
    """Take the proposed texts in place of yours: all of them, or those of the fields named."""
    return remaking.take(session, user.id, note_id, wanted or Take())


@router.delete("/notes/{note_id}/proposal", status_code=204, response_class=Response, tags=["notes"])
def dismiss_proposal(note_id: UUID, session: SessionDep, user: SessionUser) -> None:
    """Keep your own texts, and let the proposal go."""
    remaking.dismiss(session, user.id, note_id)
