"""Refresh tokens: each is spent for its successor, and one that is used twice ends the whole family.

A client that lost the answer may ask once more: within 30 seconds, while the successor is unused. It gets another
successor, and the lost one counts as spent.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.orm import Session

from ai_conspects.accounts import repository
from ai_conspects.accounts.service import Login
from ai_conspects.accounts.tokens import Claims, digest, new_secret
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.models import AuthSession, RefreshToken

log = structlog.get_logger()

REPLAY_WINDOW = timedelta(seconds=30)


@dataclass(frozen=True)
class Ages:
    """A session ends after `idle` without a refresh, and after `absolute` in any case."""

    idle: timedelta
    absolute: timedelta


def refresh(session: Session, token: str, ages: Ages, now: datetime) -> Login | None:
    """A new pair for a refresh token that still counts.

    None where it doesn't: no exception, since the end of a family must be committed although the caller is refused.
    """
    found = repository.lock_session_of(session, digest(token))
    if found is None:
        return None
    family, user = found
    if family.revoked_at is not None or not user.is_active or _too_old(family, ages, now):
        return None
    spent = repository.refresh_token(session, digest(token))
    if not _may_be_spent(session, spent, now):
        repository.revoke(session, family.id, now)
        publish(session, Event(user.id, EventType.SESSION_ENDED, {}))
        log.warning("auth.refresh_token_reused", user_id=str(user.id), session_id=str(family.id))
        return None
    made = _succeed(session, spent, now)
    family.last_used_at = now
    return Login(Claims(user.id, family.id, user.token_version), made)


def _too_old(family: AuthSession, ages: Ages, now: datetime) -> bool:
    return now - family.last_used_at > ages.idle or now - family.created_at > ages.absolute


def _may_be_spent(session: Session, token: RefreshToken, now: datetime) -> bool:
    if token.used_at is None:
        return True
    successor = session.get(RefreshToken, token.successor_id) if token.successor_id else None
    return now - token.used_at <= REPLAY_WINDOW and successor is not None and successor.used_at is None


def _succeed(session: Session, spent: RefreshToken, now: datetime) -> str:
    """Spend the token; on a replay, spend the successor that got lost instead, so that a second replay is refused."""
    lost = session.get(RefreshToken, spent.successor_id) if spent.successor_id else None
    predecessor = lost or spent
    secret = new_secret()
    successor = RefreshToken(session_id=spent.session_id, token_sha256=digest(secret), created_at=now)
    session.add(successor)
    session.flush()
    predecessor.used_at = now
    predecessor.successor_id = successor.id
    return secret
