"""`/recordings`: how one stands, and its transcript. Audio and import have routers of their own."""

from typing import Annotated

from fastapi import APIRouter, Header, Query, Response

from ai_conspects.accounts.dependencies import CurrentUser, PartsDep, SessionDep, SessionUser
from ai_conspects.batches.removal import remove_audio
from ai_conspects.batches.schemas import ClientId, WithNotes
from ai_conspects.core.conditional import names
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.core.pagination import CursorParam, Limit, Page
from ai_conspects.models import RecordingStatus
from ai_conspects.recordings import correcting, listing, repository, service, shown
from ai_conspects.recordings.file_names import disposition
from ai_conspects.recordings.schemas import LONGEST_S, Corrections, RecordingDetails, RecordingItem, TranscriptOut
from ai_conspects.recordings.service import MEDIA_TYPES, Kind, Transcribed

router = APIRouter(
    route_class=InOneThread, prefix="/recordings", tags=["recordings"], responses=documented(401, 404, 503)
)

IfNoneMatch = Annotated[str | None, Header(description="The `ETag` that you have: 304 while nothing has changed.")]
IfMatch = Annotated[str | None, Header(description="The transcript's `ETag`: 412 if it has changed since.")]
Since = Annotated[
    float | None,
    Query(ge=0, le=LONGEST_S, allow_inf_nan=False, description="Only segments that end after this second."),
]
NOT_CHANGED: dict[int | str, dict[str, object]] = {304: {"description": "Not changed"}}


@router.get("", responses=documented(422))
def list_recordings(
    session: SessionDep,
    user: SessionUser,
    status: Annotated[RecordingStatus | None, Query(description="Only recordings in this status.")] = None,
    batch_id: Annotated[ClientId | None, Query(description="Only recordings of this batch.")] = None,
    limit: Limit = 50,
    cursor: CursorParam = None,
) -> Page[RecordingItem]:
    """Your recordings, the last recorded first."""
    return listing.page(session, user.id, status=status, batch_id=batch_id, cursor=cursor, limit=limit)


@router.delete("/{recording_id}", status_code=204)
def delete_recording(recording_id: str, user: CurrentUser, parts: PartsDep, with_notes: WithNotes = False) -> None:
    """Cancel what isn't done, and remove the recording: its audio, its transcript, and its batch if it was the last.

    Notes made of it stay, unless `with_notes` says that they go too. Its id is free again.
    """
    with parts.database.transaction(as_user=user.id) as session:
        removed = service.remove(session, user.id, recording_id, with_notes=with_notes)
    remove_audio(parts.store, removed)


@router.get("/{recording_id}", responses=documented(422))
def get_recording(recording_id: str, session: SessionDep, user: SessionUser) -> RecordingDetails:
    """How the recording stands: what it is, the step it is in, who did what, and what a reader must know."""
    return service.details(session, service.find(session, user.id, recording_id))


@router.get("/{recording_id}/transcript", response_model=TranscriptOut, responses=NOT_CHANGED | documented(422))
def get_transcript(
    recording_id: str,
    session: SessionDep,
    user: SessionUser,
    since: Since = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """What was said, while it is being transcribed too: then `is_complete` is false, and more will come."""
    found = service.transcribed(session, user.id, recording_id)
    if names(if_none_match, found.etag):
        return Response(status_code=304, headers=_headers(found))
    segments = repository.segments(session, found.transcript.id, since)
    body = shown.transcript(found.recording, found.transcript, segments).model_dump_json()
    return Response(body, headers=_headers(found), media_type="application/json")


@router.get(
    "/{recording_id}/transcript.{kind}",
    response_class=Response,
    responses=NOT_CHANGED
    | documented(409, 422)
    | {200: {"content": {kind: {"schema": {"type": "string"}} for kind in MEDIA_TYPES.values()}}},
)
def get_transcript_file(
    recording_id: str,
    kind: Kind,
    session: SessionDep,
    user: SessionUser,
    since: Since = None,
    if_none_match: IfNoneMatch = None,
) -> Response:
    """The transcript as plain text, SubRip, WebVTT or Markdown. `[?]` stands before what the engine doubts."""
    found = service.transcribed(session, user.id, recording_id)
    headers = _headers(found, kind) | {
        "Content-Disposition": disposition("attachment", found.recording.filename, f".{kind}")
    }
    if names(if_none_match, headers["ETag"]):
        return Response(status_code=304, headers=headers)
    text = service.written(found, repository.segments(session, found.transcript.id, since), kind)
    return Response(text.encode(), headers=headers, media_type=MEDIA_TYPES[kind])


@router.patch("/{recording_id}/transcript", response_model=TranscriptOut, responses=documented(409, 412, 422))
def correct_transcript(
    recording_id: str,
    corrections: Corrections,
    session: SessionDep,
    user: SessionUser,
    if_match: IfMatch = None,
) -> Response:
    """Correct segments. The raw text is kept, doubts about a segment go, and its notes are made again.

    Nothing is transcribed again. While the recording is being worked on, this is a 409.
    """
    found = correcting.correct(session, user.id, recording_id, corrections, if_match=if_match)
    body = shown.transcript(
        found.recording, found.transcript, repository.segments(session, found.transcript.id)
    ).model_dump_json()
    return Response(body, headers=_headers(found), media_type="application/json")


def _headers(found: Transcribed, kind: Kind | None = None) -> dict[str, str]:
    """Each kind has a tag of its own: a strong one names bytes."""
    etag = found.etag if kind is None else f'{found.etag[:-1]}.{kind}"'
    return {"ETag": etag, "Cache-Control": "private, no-cache"}
