"""A device's secret is replaced: by its owner, who shows the old one, or by a code from whoever runs the server.

Every session but the new one ends, and so does every access token.
"""

from uuid import UUID

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.accounts import codes, repository
from ai_conspects.accounts.errors import LoginFailed
from ai_conspects.accounts.identity import UserIdentity
from ai_conspects.accounts.service import Arrival, Login, open_session
from ai_conspects.accounts.tokens import digest, matches, new_secret
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.core.ids import uuid7
from ai_conspects.models import AuthSession, DeviceCredential


def rotate(session: Session, user: UserIdentity, old: str, new: str | None, arrival: Arrival) -> Login:
    """Replace the caller's secret by `new`, or by one made here. Raises `LoginFailed` where `old` isn't the secret.

    An access token alone can't do it: whoever finds one must not be able to keep the account.
    """
    if not matches(old, repository.lock_secret(session, user.id)):
        raise LoginFailed
    return _replace(session, user.id, new, arrival)


def recover(session: Session, device_id: str, code: str, new: str | None, arrival: Arrival) -> Login:
    """Give the account back to the device that shows the operator's code. Raises `CodeRefused`."""
    user_id = codes.recovered_user(session, code, device_id, arrival.now)
    repository.lock_secret(session, user_id)
    return _replace(session, user_id, new, arrival)


def _replace(session: Session, user_id: UUID, new: str | None, arrival: Arrival) -> Login:
    made = None if new else new_secret()
    stored = digest(new or made or "")
    session.execute(
        insert(DeviceCredential)
        .values(id=uuid7(), user_id=user_id, secret_sha256=stored)
        .on_conflict_do_update(index_elements=["user_id"], set_={"secret_sha256": stored})
    )
    session.execute(
        update(AuthSession)
        .where(AuthSession.user_id == user_id, AuthSession.revoked_at.is_(None))
        .values(revoked_at=arrival.now)
    )
    version = repository.raise_token_version(session, user_id)
    publish(session, Event(user_id, EventType.SESSION_ENDED, {}))
    return open_session(session, user_id, version, arrival, device_secret=made)
