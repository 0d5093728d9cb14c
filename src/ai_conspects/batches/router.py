"""`/batches`: submit, and how far it has come. Results stand in `results`."""

from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Request, Response

from ai_conspects.accounts.dependencies import CurrentUser, PartsDep
from ai_conspects.batches import service
from ai_conspects.batches.errors import BodyTooLarge
from ai_conspects.batches.schemas import BatchStatusAnswer, SubmitAnswer, SubmitBody
from ai_conspects.batches.submission import Reception, Submission
from ai_conspects.batches.uploads import UploadSlots
from ai_conspects.core import failpoints
from ai_conspects.core.db import Database
from ai_conspects.core.http import SessionDep
from ai_conspects.core.openapi import body_described
from ai_conspects.core.problems import documented

router = APIRouter(prefix="/batches", tags=["batches"], responses=documented(401, 422, 503))


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
        answer = await to_thread.run_sync(_accept, parts.database, reception, submission)
    response.headers["Location"] = f"/v1/batches/{quote(answer.batch_id)}/status"
    return answer


@router.get("/{batch_id}/status", responses=documented(404))
def status(batch_id: str, user: CurrentUser, session: SessionDep) -> BatchStatusAnswer:
    """How far a batch has come. The percentage moves with the work inside each step, and never goes back."""
    return service.batch_status(session, user.id, batch_id)


def _accept(database: Database, reception: Reception, submission: Submission) -> SubmitAnswer:
    with database.transaction() as session:
        answer, is_new = service.accept(session, submission)
        if is_new:
            reception.keep()  # before the commit: should its answer be lost, the rows may stand all the same
        failpoints.reached("submit.before_commit")
    failpoints.reached("submit.after_commit")
    return answer
