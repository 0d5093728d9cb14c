"""`/users/me`, as a whole: erased. Settings are `accounts`' matter."""

from typing import Any

from fastapi import APIRouter, Response

from ai_conspects.accounts.dependencies import CurrentUser, PartsDep
from ai_conspects.core.problems import documented
from ai_conspects.vault.erasing import erase_objects, erase_rows

router = APIRouter(prefix="/users/me", tags=["users"], responses=documented(401, 503))

ERASED: dict[int | str, dict[str, Any]] = {
    202: {"description": "All rows are gone; the store is away, so audio follows within a day"},
    204: {"description": "Everything is gone"},
}


@router.delete("", status_code=204, response_class=Response, responses=ERASED)
def delete_me(user: CurrentUser, parts: PartsDep) -> Response:
    """End your account: audio, transcripts, notes, vectors, conversations, sessions, everything, at once and for good.

    What is still being worked on is dropped. Export first what you want to keep.
    """
    with parts.database.transaction() as session:
        erase_rows(session, user.id)
    return Response(status_code=204 if erase_objects(parts.store, user.id) else 202)
