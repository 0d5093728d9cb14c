"""`/uploads`: resumable uploads by tus 1.0 (tus.io), for long recordings over bad networks."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated
from uuid import UUID

import anyio
import structlog
from anyio import to_thread
from fastapi import APIRouter, Depends, Header, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from ai_conspects.accounts.dependencies import CurrentUser, Parts, PartsDep, SessionDep, SessionUser
from ai_conspects.batches.uploads import UploadSlots
from ai_conspects.core.http import announced_bytes
from ai_conspects.core.ids import uuid7
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.models import Upload
from ai_conspects.uploads import headers, service
from ai_conspects.uploads.errors import MoreThanAnnounced, UploadNotFound, WrongContentType, WrongTusVersion
from ai_conspects.uploads.finishing import Finisher
from ai_conspects.uploads.receiving import Receiver
from ai_conspects.uploads.service import Turn
from ai_conspects.uploads.wanted import wanted

log = structlog.get_logger()

Text = Annotated[str | None, Header()]


ContentType = Annotated[str | None, Header(include_in_schema=False)]
BYTES = {"content": {headers.CONTENT_TYPE: {"schema": {"type": "string", "format": "binary"}}}}
LENGTH = Header(
    description="Bytes of the whole recording.", json_schema_extra={"pattern": "^0*[1-9][0-9]*$", "maxLength": 18}
)
VERSION = Header(description="`1.0.0`", json_schema_extra={"enum": [headers.VERSION]})


def speaks_tus(user: CurrentUser, tus_resumable: Annotated[str | None, VERSION] = None) -> None:
    """Raises `WrongTusVersion`; whoever isn't known is told that first."""
    if tus_resumable != headers.VERSION:
        raise WrongTusVersion


router = APIRouter(route_class=InOneThread, prefix="/uploads", tags=["uploads"], responses=documented(401, 412, 503))
TUS = [Depends(speaks_tus)]


@router.options("", status_code=204, include_in_schema=False)
@router.options("/{upload_id}", status_code=204, include_in_schema=False)
def describe_server(parts: PartsDep) -> Response:
    """What this server can do, for whoever asks."""
    told = {
        "Tus-Version": headers.VERSION,
        "Tus-Extension": headers.EXTENSIONS,
        "Tus-Max-Size": str(parts.settings.limits.max_recording_mb << 20),
        "Tus-Checksum-Algorithm": ",".join(headers.ALGORITHMS),
    }
    return Response(status_code=204, headers=told)


@router.post(
    "",
    status_code=201,
    response_class=Response,
    dependencies=TUS,
    responses=documented(400, 409, 413, 422, 423, 429, 460),
    openapi_extra={"requestBody": BYTES},
)
async def create_upload(
    request: Request,
    user: CurrentUser,
    parts: PartsDep,
    upload_length: Annotated[str | None, LENGTH] = None,
    upload_metadata: Annotated[str, Header(description="`filename`, `language`, `recording_id`, …")] = "",
    upload_checksum: Text = None,
    content_type: ContentType = None,
) -> Response:
    """Begin an upload, with or without its first bytes. The same asked for again is the same upload."""
    length = headers.number("Upload-Length", upload_length)
    upload = await to_thread.run_sync(_create, parts, user.id, length, upload_metadata)
    told = {"Location": f"{request.url.path.rstrip('/')}/{upload.id}", **_expiry(upload)}
    if content_type == headers.CONTENT_TYPE:
        told["Upload-Offset"] = str(await _append(request, parts, user.id, upload.id, upload.received, upload_checksum))
    return Response(status_code=201, headers=told)


@router.head("/{upload_id}", response_class=Response, dependencies=TUS, responses=documented(404))
def look_at_upload(upload_id: str, user: SessionUser, session: SessionDep) -> Response:
    """How many bytes are durable: where to go on."""
    upload = service.find(session, user.id, _id(upload_id))
    told = {"Upload-Offset": str(upload.received), "Upload-Length": str(upload.length), **_expiry(upload)}
    if upload.metadata_header:
        told["Upload-Metadata"] = upload.metadata_header
    return Response(headers=told)


@router.patch(
    "/{upload_id}",
    status_code=204,
    dependencies=TUS,
    responses=documented(400, 404, 409, 415, 422, 423, 460),
    openapi_extra={"requestBody": BYTES | {"required": True}},
)
async def append_to_upload(
    upload_id: str,
    request: Request,
    user: CurrentUser,
    parts: PartsDep,
    upload_offset: Text = None,
    upload_checksum: Text = None,
    content_type: ContentType = None,
) -> Response:
    """Append bytes. After the last one the recording is there, durable, and its work is queued."""
    if content_type != headers.CONTENT_TYPE:
        raise WrongContentType
    offset = headers.number("Upload-Offset", upload_offset)
    now_at = await _append(request, parts, user.id, _id(upload_id), offset, upload_checksum)
    upload = await to_thread.run_sync(_find, parts, user.id, _id(upload_id))
    return Response(status_code=204, headers={"Upload-Offset": str(now_at), **_expiry(upload)})


@router.delete("/{upload_id}", status_code=204, dependencies=TUS, responses=documented(404))
def end_upload(upload_id: str, user: CurrentUser, parts: PartsDep) -> Response:
    """Give an upload up: its bytes are removed. The recording of a finished one stays."""
    with parts.database.transaction(as_user=user.id) as session:
        keys = service.terminate(session, user.id, _id(upload_id))
    if keys:
        parts.store.delete(keys)
    return Response(status_code=204)


async def _append(
    request: Request, parts: Parts, user_id: UUID, upload_id: UUID, offset: int, checksum: str | None
) -> int:
    guard = headers.checksum(checksum)
    async with _turn(parts, user_id, upload_id, offset) as turn:
        if turn is None:  # all bytes were there before, and the recording is
            return offset
        if offset + announced_bytes(request) > turn.length:
            raise MoreThanAnnounced(turn.length)
        slots: UploadSlots = request.app.state.upload_slots
        async with slots.one():
            now_at = await Receiver(parts.store, parts.database, turn, guard).take(request.stream())
            if now_at == turn.length:
                await Finisher(parts.store, parts.database).finish(turn)
    return now_at


@asynccontextmanager
async def _turn(parts: Parts, user_id: UUID, upload_id: UUID, offset: int) -> AsyncIterator[Turn | None]:
    """The turn to append, given back at the end. Should the database be away then, it ends by itself."""

    def begin() -> Turn | None:
        with parts.database.transaction(as_user=user_id) as session:
            return service.begin(session, user_id, upload_id, offset)

    def release(turn: Turn) -> None:
        with parts.database.transaction(as_user=user_id) as session:
            service.release(session, turn)

    turn = await to_thread.run_sync(begin)
    try:
        yield turn
    finally:
        if turn is not None:
            with anyio.CancelScope(shield=True):
                try:
                    await to_thread.run_sync(release, turn)
                except SQLAlchemyError as error:
                    log.warning("upload.not_released", error=type(error).__name__)


def _create(parts: Parts, user_id: UUID, length: int, header: str) -> Upload:
    upload_id, limits = uuid7(), parts.settings.limits
    asked = wanted(headers.metadata(header), upload_id, max_audio_hours=limits.max_audio_hours)
    with parts.database.transaction(as_user=user_id) as session:
        return service.create(session, upload_id, user_id, length, header, asked, limits)


def _find(parts: Parts, user_id: UUID, upload_id: UUID) -> Upload:
    with parts.database.transaction(as_user=user_id) as session:
        return service.find(session, user_id, upload_id)


def _id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UploadNotFound from None


def _expiry(upload: Upload) -> dict[str, str]:
    return {} if upload.finished_at else {"Upload-Expires": headers.expires(upload.expires_at)}
