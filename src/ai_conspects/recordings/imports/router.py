"""`POST /recordings/import`, and a transcript from elsewhere for a recording that is here."""

from urllib.parse import quote
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from ai_conspects.accounts.dependencies import CurrentUser, Parts, PartsDep
from ai_conspects.accounts.quotas import require_room
from ai_conspects.batches.uploads import UploadSlots
from ai_conspects.core.db import Database
from ai_conspects.core.http import announced_bytes
from ai_conspects.core.openapi import body_described, documented
from ai_conspects.recordings import service
from ai_conspects.recordings.imports.accepting import accept
from ai_conspects.recordings.imports.attaching import attach
from ai_conspects.recordings.imports.body import MOST_BODY_MB, ImportBody, ImportForm, TranscriptBody, parsed, too_large
from ai_conspects.recordings.imports.reading import read
from ai_conspects.recordings.router import IfMatch
from ai_conspects.recordings.schemas import RecordingDetails

router = APIRouter(prefix="/recordings", tags=["recordings"], responses=documented(401, 413, 422, 503))

TAKES = body_described({"application/json": ImportBody, "multipart/form-data": ImportForm})
AGAIN: dict[int | str, dict[str, object]] = {
    200: {"description": "The same was imported before; it stands as it is now", "model": RecordingDetails}
}


@router.post("/import", status_code=201, responses=documented(409) | AGAIN, openapi_extra=TAKES)
async def import_recording(
    request: Request, response: Response, user: CurrentUser, parts: PartsDep
) -> RecordingDetails:
    """Make notes of a transcript from elsewhere: SubRip, WebVTT, text, or the JSON of Whisper or WhisperX.

    It becomes a recording without audio, and nothing is transcribed. The same import sent again answers 200.
    """
    slots: UploadSlots = request.app.state.upload_slots
    async with slots.one():
        body = await _received(request)
        media_type = request.headers.get("content-type", "")
        details, is_new = await to_thread.run_sync(_import, parts, user.id, media_type, body)
    response.headers["Location"] = f"/v1/recordings/{quote(details.id)}"
    response.status_code = 201 if is_new else 200
    return details


@router.put(
    "/{recording_id}/transcript",
    responses=documented(404, 409, 412),
    openapi_extra=body_described({"application/json": TranscriptBody}),
)
async def put_transcript(
    recording_id: str, request: Request, user: CurrentUser, parts: PartsDep, if_match: IfMatch = None
) -> RecordingDetails:
    """Put a transcript from elsewhere in the place of this recording's own; its audio stays, its notes are made again.

    It also helps a recording that no engine could hear. While the recording is being worked on, this is a 409.
    """
    slots: UploadSlots = request.app.state.upload_slots
    async with slots.one():
        body = await _received(request)
        media_type = request.headers.get("content-type", "")
        return await to_thread.run_sync(_attach, parts.database, user.id, recording_id, media_type, body, if_match)


def _attach(
    database: Database, user_id: UUID, recording_id: str, media_type: str, body: bytes, if_match: str | None
) -> RecordingDetails:
    wanted = parsed(TranscriptBody, media_type, body)
    transcript = read(wanted.content, wanted.format)
    with database.transaction(as_user=user_id) as session:
        recording = attach(session, user_id, recording_id, transcript, language=wanted.language, if_match=if_match)
        return service.details(session, recording)


def _import(parts: Parts, user_id: UUID, media_type: str, body: bytes) -> tuple[RecordingDetails, bool]:
    wanted = parsed(ImportBody, media_type, body)
    transcript = read(wanted.content, wanted.format)
    with parts.database.transaction(as_user=user_id) as session:
        recording, is_new = accept(session, user_id, wanted, transcript)
        if is_new:
            require_room(session, user_id, parts.settings.limits)
        return service.details(session, recording), is_new


async def _received(request: Request) -> bytes:
    """The body, if it isn't larger than one may be. Raises `ImportTooLarge` as soon as it is."""
    if announced_bytes(request) > MOST_BODY_MB << 20:
        raise too_large()
    received = bytearray()
    async for chunk in request.stream():
        received += chunk
        if len(received) > MOST_BODY_MB << 20:
            raise too_large()
    return bytes(received)
