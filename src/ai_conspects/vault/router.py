"""`/users/me` as a whole: exported, imported, erased. Settings are `accounts`' matter."""

import tempfile
from typing import IO, Any
from uuid import UUID

from anyio import to_thread
from fastapi import APIRouter, Request, Response
from fastapi.responses import StreamingResponse

from ai_conspects.accounts.dependencies import CurrentUser, Parts, PartsDep
from ai_conspects.accounts.media_cookie import MediaUser
from ai_conspects.batches.uploads import UploadSlots
from ai_conspects.core.clock import now
from ai_conspects.core.http import announced_bytes
from ai_conspects.core.openapi import documented
from ai_conspects.vault.erasing import erase_objects, erase_rows
from ai_conspects.vault.errors import VaultTooLarge
from ai_conspects.vault.exporting import Export
from ai_conspects.vault.importing import Import, ImportAnswer
from ai_conspects.vault.opening import Vault

router = APIRouter(prefix="/users/me", tags=["users"], responses=documented(401, 503))

ZIP = {"application/zip": {"schema": {"type": "string", "format": "binary"}}}
EXPORTED: dict[int | str, dict[str, Any]] = {200: {"description": "The vault", "content": ZIP}}
ERASED: dict[int | str, dict[str, Any]] = {
    202: {"description": "All rows are gone; the store is away, so audio follows within a day"},
    204: {"description": "Everything is gone"},
}


@router.get("/export", response_class=StreamingResponse, responses=EXPORTED)
def export_me(user: MediaUser, parts: PartsDep) -> StreamingResponse:
    """Everything you have, as a zip that opens as an Obsidian vault: notes in Markdown with front matter and
    `[[wikilinks]]`, audio, subtitles. An import of it gives the same notes back.

    It is made while it is sent. One that breaks off has no table of contents, so no program takes it for whole.
    """
    name = f"ai-conspects-{now():%Y-%m-%d}.zip"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    pieces = Export(parts.database, parts.store, user.id).stream()
    return StreamingResponse(pieces, headers=headers, media_type="application/zip")


@router.post(
    "/import",
    responses=documented(413, 422, 502),
    openapi_extra={"requestBody": {"required": True, "content": ZIP}},
)
async def import_me(request: Request, user: CurrentUser, parts: PartsDep) -> ImportAnswer:
    """Take in a vault that an export made. What you have already is left alone, so a second time changes nothing.

    Notes that were edited in the vault come as edited, Markdown files that were added there as notes of your own.
    """
    slots: UploadSlots = request.app.state.upload_slots
    most_mb = parts.settings.limits.max_import_mb
    if announced_bytes(request) > most_mb << 20:
        raise VaultTooLarge(most_mb)
    async with slots.one():
        with tempfile.TemporaryFile(prefix="ai-conspects-") as file:
            received = 0
            async for chunk in request.stream():
                received += len(chunk)
                if received > most_mb << 20:
                    raise VaultTooLarge(most_mb)
                await to_thread.run_sync(file.write, chunk)
            return await to_thread.run_sync(_import, parts, user.id, file)


def _import(parts: Parts, user_id: UUID, file: IO[bytes]) -> ImportAnswer:
    limits = parts.settings.limits
    vault = Vault(file, limits.max_import_mb)
    return Import(parts.database, parts.store, user_id, vault, limits).run()


@router.delete("", status_code=204, response_class=Response, responses=ERASED)
def delete_me(user: CurrentUser, parts: PartsDep) -> Response:
    """End your account: audio, transcripts, notes, vectors, conversations, sessions, everything, at once and for good.

    What is still being worked on is dropped. Export first what you want to keep.
    """
    with parts.database.transaction(as_user=user.id) as session:
        erase_rows(session, user.id)
    return Response(status_code=204 if erase_objects(parts.store, user.id) else 202)
