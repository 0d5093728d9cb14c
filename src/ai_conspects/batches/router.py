"""`/batches`: submit, and how far it has come. Results stand in `results`."""

from typing import Annotated, cast
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Query, Request, Response

from ai_conspects.accounts.dependencies import CurrentUser, PartsDep, SessionDep, SessionUser
from ai_conspects.batches import listing, removal, retrying, service
from ai_conspects.batches.errors import BodyTooLarge
from ai_conspects.batches.figures import ServerFigures
from ai_conspects.batches.schemas import BatchOut, BatchStatusAnswer, SubmitAnswer, SubmitBody, WithNotes
from ai_conspects.batches.submission import Reception, Submission
from ai_conspects.batches.uploads import UploadSlots
from ai_conspects.core import failpoints
from ai_conspects.core.db import Database
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import body_described, documented
from ai_conspects.core.pagination import CursorParam, Limit, Page
from ai_conspects.core.settings import LimitSettings
from ai_conspects.models import BatchStatus

router = APIRouter(route_class=InOneThread, prefix="/batches", tags=["batches"], responses=documented(401, 422, 503))


@router.post(
    "/submit", responses=documented(400, 409, 413), openapi_extra=body_described({"application/json": SubmitBody})
)
async def submit(request: Request, response: Response, user: CurrentUser, parts: PartsDep) -> SubmitAnswer:
    """Send recordings to be made into notes. When this answers 200, the audio is durable and the work is queued.

    The same batch sent again answers as it stands; a refused one leaves nothing behind.
    """
    limits = parts.settings.limits
    length = request.headers.get("content-length", "")
    if length.isdecimal() and int(length) > limits.max_body_mb << 20:
        raise BodyTooLarge(limits.max_body_mb)
    slots: UploadSlots = request.app.state.upload_slots
    async with slots.one(), Reception(parts.store, user.id, limits) as reception:
        submission = await reception.read(request.stream())
        answer = await to_thread.run_sync(_accept, parts.database, reception, submission, limits)
    response.headers["Location"] = f"/v1/batches/{quote(answer.batch_id)}/status"
    return answer


@router.get("/{batch_id}/status", responses=documented(404))
def status(batch_id: str, user: SessionUser, session: SessionDep, request: Request) -> BatchStatusAnswer:
    """How far a batch has come. The percentage moves with the work inside each step, and never goes back."""
    return service.batch_status(session, user.id, batch_id, _figures(request))


@router.get("")
def list_batches(
    user: SessionUser,
    session: SessionDep,
    status: Annotated[BatchStatus | None, Query(description="Only batches in this status.")] = None,
    limit: Limit = 50,
    cursor: CursorParam = None,
) -> Page[BatchOut]:
    """Your batches, newest first."""
    return listing.page(session, user.id, status, cursor, limit)


@router.post("/{batch_id}/retry", status_code=202, responses=documented(404))
def retry(batch_id: str, user: SessionUser, session: SessionDep, request: Request) -> BatchStatusAnswer:
    """Try again what has failed; steps that succeeded are kept. Where nothing has failed, nothing happens."""
    retrying.retry(session, user.id, batch_id)
    return service.batch_status(session, user.id, batch_id, _figures(request))


@router.delete("/{batch_id}", status_code=204, responses=documented(404))
def delete_batch(batch_id: str, user: CurrentUser, parts: PartsDep, with_notes: WithNotes = False) -> None:
    """Cancel what isn't done, and remove the batch with its recordings: audio, transcripts, all.

    Notes made of it stay, unless `with_notes` says that they go too. Its ids are free again.
    """
    with parts.database.transaction(as_user=user.id) as session:
        removed = removal.remove_batch(session, user.id, batch_id, with_notes=with_notes)
    removal.remove_audio(parts.store, removed)


def _accept(database: Database, reception: Reception, submission: Submission, limits: LimitSettings) -> SubmitAnswer:
    with database.transaction(as_user=submission.user_id) as session:
        answer, is_new = service.accept(session, submission, limits)
        if is_new:
            reception.keep()  # before the commit: should its answer be lost, the rows may stand all the same
        failpoints.reached("submit.before_commit")
    failpoints.reached("submit.after_commit")
    return answer


def _figures(request: Request) -> ServerFigures:
    """Those that the process which serves this request keeps."""
    return cast("ServerFigures", request.app.state.server_figures)
