"""`/users/me/sessions`: where the caller is logged in."""

from datetime import datetime, timedelta
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from ai_conspects.accounts import sessions
from ai_conspects.accounts.dependencies import PartsDep, SessionDep, SessionUser
from ai_conspects.accounts.refresh import Ages
from ai_conspects.core.clock import now
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented

router = APIRouter(route_class=InOneThread, prefix="/users/me/sessions", tags=["users"], responses=documented(401, 503))


class SessionOut(BaseModel):
    """A login. `client` is what its program called itself; `is_current`: the one that asks."""

    id: UUID
    client: str | None
    created_at: datetime
    last_used_at: datetime
    is_current: bool


class SessionList(BaseModel):
    """All of them: there is no second page."""

    items: list[SessionOut]
    next_cursor: None = None


@router.get("")
def list_sessions(session: SessionDep, parts: PartsDep, user: SessionUser) -> SessionList:
    """Where you are logged in, the latest first."""
    auth = parts.settings.auth
    ages = Ages(timedelta(days=auth.refresh_idle_days), timedelta(days=auth.refresh_absolute_days))
    found = sessions.live(session, user, ages, now())
    return SessionList(items=[SessionOut.model_validate(one, from_attributes=True) for one in found])


@router.delete("/{session_id}", status_code=204, responses=documented(404, 422))
def end_session(session_id: UUID, session: SessionDep, user: SessionUser) -> None:
    """End a login: its tokens stop counting at once."""
    sessions.end(session, user, session_id, now())
