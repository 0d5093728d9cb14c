"""`/users/me`: the caller's own settings, and what they keep here."""

from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict
from sqlalchemy.orm import Session

from ai_conspects.accounts import budgets, preferences, quotas
from ai_conspects.accounts.dependencies import Parts, PartsDep, SessionDep, SessionUser
from ai_conspects.accounts.identity import UserIdentity
from ai_conspects.accounts.preferences import UserSettings
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.models import Spent

router = APIRouter(route_class=InOneThread, prefix="/users", tags=["users"], responses=documented(401, 503))


class Kept(BaseModel):
    """What is kept of recordings, and the most that may be (null: as much as there is room)."""

    recordings: int
    bytes: int
    audio_s: float
    most_recordings: int | None
    most_bytes: int | None
    most_audio_s: float | None


class Today(BaseModel):
    """What was used since 00:00 UTC, with what is at work at the moment, and the most that may be (null: no limit)."""

    model_tokens: int
    transcribed_s: int
    most_model_tokens: int | None
    most_transcribed_s: int | None


class Me(BaseModel):
    """The caller."""

    id: UUID
    settings: UserSettings
    usage: Kept
    today: Today


class MeChange(BaseModel):
    """What to change; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    settings: UserSettings


@router.get("/me")
def get_me(session: SessionDep, user: SessionUser, parts: PartsDep) -> Me:
    """Who is calling, what they have set, and how much they keep here."""
    return _me(session, user, parts, preferences.read(session, user.id))


@router.patch("/me", responses=documented(422))
def change_me(change: MeChange, session: SessionDep, user: SessionUser, parts: PartsDep) -> Me:
    """Change settings. They count for recordings whose transcription begins afterwards."""
    return _me(session, user, parts, preferences.change(session, user.id, change.settings))


def _me(session: Session, user: UserIdentity, parts: Parts, settings: UserSettings) -> Me:
    limits, kept = parts.settings.limits, quotas.used(session, user.id)
    usage = Kept(
        recordings=kept.recordings,
        bytes=kept.bytes,
        audio_s=kept.audio_s,
        most_recordings=limits.user_recordings or None,
        most_bytes=int(limits.user_gb * 2**30) or None,
        most_audio_s=limits.user_audio_hours * 3600 or None,
    )
    used = budgets.used_today(session, user.id)
    today = Today(
        model_tokens=used.get(Spent.TOKENS, 0),
        transcribed_s=used.get(Spent.AUDIO_S, 0),
        most_model_tokens=limits.user_tokens_per_day or None,
        most_transcribed_s=int(limits.user_audio_hours_per_day * 3600) or None,
    )
    return Me(id=user.id, settings=settings, usage=usage, today=today)
