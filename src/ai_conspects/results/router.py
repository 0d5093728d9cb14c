"""`GET /batches/{batch_id}/results`."""

from fastapi import APIRouter

from ai_conspects.accounts.dependencies import SessionDep, SessionUser
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.results import service
from ai_conspects.results.schemas import BatchResults, batch_results

router = APIRouter(route_class=InOneThread, prefix="/batches", tags=["results"])


@router.get("/{batch_id}/results", summary="The notes of a finished batch")
def get_results(batch_id: str, session: SessionDep, user: SessionUser) -> BatchResults:
    """Notes, relationships and figures; of a `partial` batch also the errors of the recordings that failed."""
    return batch_results(service.results(session, user.id, batch_id))
