"""`/users/me`: the caller's own settings."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict

from ai_conspects.accounts import preferences
from ai_conspects.accounts.dependencies import CurrentUser, SessionDep
from ai_conspects.accounts.preferences import UserSettings
from ai_conspects.core.problems import documented

router = APIRouter(prefix="/users", tags=["users"], responses=documented(401, 503))


class Me(BaseModel):
    """The caller."""

    id: UUID
    settings: UserSettings


class MeChange(BaseModel):
    """What to change; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    settings: UserSettings


@router.get("/me")
def get_me(session: SessionDep, user: CurrentUser) -> Me:
    """Who is calling, and what they have set."""
    return Me(id=user.id, settings=preferences.read(session, user.id))


@router.patch("/me", responses=documented(422))
def change_me(change: MeChange, session: SessionDep, user: CurrentUser) -> Me:
    """Change settings. They count for recordings whose transcription begins afterwards."""
    return Me(id=user.id, settings=preferences.change(session, user.id, change.settings))
