"""`/recordings/{id}/audio`, with ranges, so that players can seek, and `/peaks`, what they draw."""

from typing import Annotated, Any

from fastapi import APIRouter, Header, Response
from fastapi.responses import StreamingResponse

from ai_conspects.accounts.dependencies import PartsDep, SessionDep, SessionUser
from ai_conspects.accounts.media_cookie import MediaUser
from ai_conspects.core.conditional import names
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.core.problems import problem
from ai_conspects.recordings import service
from ai_conspects.recordings.audio import MEDIA_TYPES, Audio, audio_of, opened
from ai_conspects.recordings.ranges import NotSatisfiable, part
from ai_conspects.recordings.schemas import PeaksOut

router = APIRouter(
    route_class=InOneThread, prefix="/recordings", tags=["recordings"], responses=documented(401, 404, 503)
)

_BYTES: dict[str, Any] = {
    kind: {"schema": {"type": "string", "format": "binary"}}
    for kind in sorted({*MEDIA_TYPES.values(), "application/octet-stream"})  # before it was looked at nobody knows
}
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"description": "The whole", "content": _BYTES},
    206: {"description": "The range that was asked for", "content": _BYTES},
    304: {"description": "Not changed"},
}

Text = Annotated[str | None, Header()]


@router.get("/{recording_id}/audio", response_class=StreamingResponse, responses=ANSWERS | documented(416, 422))
def get_audio(
    recording_id: str,
    user: MediaUser,
    parts: PartsDep,
    range: Annotated[str | None, Header(description="`bytes=0-99`, `bytes=100-` or `bytes=-100`")] = None,
    if_range: Text = None,
    if_none_match: Text = None,
) -> Response:
    """The audio as it was sent, byte for byte."""
    with parts.database.transaction(
        as_user=user.id
    ) as session:  # its own: a player that takes its time holds no connection
        audio = audio_of(service.find(session, user.id, recording_id))
    if names(if_none_match, audio.etag):
        return Response(status_code=304, headers=audio.headers)
    try:
        wanted = part(range, audio.size) if if_range is None or names(if_range, audio.etag) else None
    except NotSatisfiable:
        return _unsatisfiable(audio)
    start, length = (wanted.start, wanted.length) if wanted else (0, audio.size)
    headers = audio.headers | {"Content-Length": str(length)}
    if wanted:
        headers["Content-Range"] = wanted.content_range
    pieces = opened(parts.store, audio, start, length)
    return StreamingResponse(pieces, 206 if wanted else 200, headers=headers, media_type=audio.media_type)


@router.head("/{recording_id}/audio", include_in_schema=False)
def head_audio(recording_id: str, user: MediaUser, parts: PartsDep) -> Response:
    """What GET would say of it."""
    with parts.database.transaction(as_user=user.id) as session:
        audio = audio_of(service.find(session, user.id, recording_id))
    return Response(headers=audio.headers | {"Content-Length": str(audio.size)}, media_type=audio.media_type)


@router.get("/{recording_id}/peaks", responses=documented(422))
def get_peaks(recording_id: str, session: SessionDep, user: SessionUser) -> PeaksOut:
    """The recording as a wave, to be drawn by a player."""
    return service.peaks(session, service.find(session, user.id, recording_id))


def _unsatisfiable(audio: Audio) -> Response:
    detail = f"The audio has {audio.size} bytes; nothing of it lies in that range."
    headers = {"Content-Range": f"bytes */{audio.size}"}
    return problem(416, "range_not_satisfiable", detail, headers=headers)
