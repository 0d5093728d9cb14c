"""Where one is logged in: the list, and the end of one of them."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ai_conspects.accounts.errors import SessionNotFound
from ai_conspects.accounts.identity import UserIdentity
from ai_conspects.accounts.refresh import Ages
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.models import AuthSession


@dataclass(frozen=True)
class OpenSession:
    """A login that still counts. `client` is what its program called itself."""

    id: UUID
    client: str | None
    created_at: datetime
    last_used_at: datetime
    is_current: bool


def live(session: Session, user: UserIdentity, ages: Ages, now: datetime) -> list[OpenSession]:
    """The caller's logins that have neither been ended nor grown too old, the one used last first."""
    found = select(AuthSession).where(
        AuthSession.user_id == user.id,
        AuthSession.revoked_at.is_(None),
        AuthSession.last_used_at >= now - ages.idle,
        AuthSession.created_at >= now - ages.absolute,
    )
    return [
        OpenSession(row.id, row.client, row.created_at, row.last_used_at, row.id == user.session_id)
        for row in session.scalars(found.order_by(AuthSession.last_used_at.desc(), AuthSession.id))
    ]


def end(session: Session, user: UserIdentity, session_id: UUID, now: datetime) -> None:
    """End one of the caller's logins; its tokens stop counting at once. Raises `SessionNotFound`."""
    ended = session.scalar(
        update(AuthSession)
        .where(AuthSession.id == session_id, AuthSession.user_id == user.id, AuthSession.revoked_at.is_(None))
        .values(revoked_at=now)
        .returning(AuthSession.id)
    )
    if ended is None:
        raise SessionNotFound
    publish(session, Event(user.id, EventType.SESSION_ENDED, {}))
