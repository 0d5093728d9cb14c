"""Who gets in: registering, logging in and out, and checking a caller. Refreshing stands in `refresh.py`."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.accounts import repository
from ai_conspects.accounts.errors import DeviceAlreadyRegistered, DeviceNotFound, InvalidToken, LoginFailed
from ai_conspects.accounts.identity import UserIdentity
from ai_conspects.accounts.repository import Device
from ai_conspects.accounts.tokens import Claims, digest, matches, new_secret
from ai_conspects.core.db import Database
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.core.scopes import Proof, Scope
from ai_conspects.models import AuthSession, DeviceCredential, RefreshToken


@dataclass(frozen=True)
class Arrival:
    """When somebody comes, and what their program calls itself."""

    now: datetime
    client: str | None = None


@dataclass(frozen=True)
class Attempt:
    """Somebody who wants in. `trusting` takes the device id as proof, as the protocol does."""

    device_id: str
    secret: str | None
    arrival: Arrival
    trusting: bool = False


@dataclass(frozen=True)
class Login:
    """A fresh login: what the access token shall say, and the two secrets that are told once and never again.

    `device_secret` is None unless this server has just made it.
    """

    claims: Claims
    refresh_token: str
    device_secret: str | None = None


def register(session: Session, attempt: Attempt) -> Login:
    """Make the device's account; for a known device that proves itself, log in. Raises `DeviceAlreadyRegistered`."""
    user_id = repository.add_user(session, attempt.device_id)
    if user_id is None:
        device = repository.find_device(session, attempt.device_id)
        if device is None or not _proves(device, attempt):
            raise DeviceAlreadyRegistered
        return open_session(session, device.user_id, device.token_version, attempt.arrival)
    made = None if attempt.secret else new_secret()
    session.add(DeviceCredential(user_id=user_id, secret_sha256=digest(attempt.secret or made or "")))
    return open_session(session, user_id, 0, attempt.arrival, device_secret=made)


def login(session: Session, attempt: Attempt) -> Login:
    """Log a registered device in. Raises `LoginFailed`; where `trusting`, `DeviceNotFound` for one that is unknown."""
    device = repository.find_device(session, attempt.device_id)
    if device is None and attempt.trusting:
        raise DeviceNotFound
    if not _proves(device, attempt) or device is None:
        raise LoginFailed
    return open_session(session, device.user_id, device.token_version, attempt.arrival)


_LIVE = """
SELECT FROM auth_sessions JOIN users ON users.id = auth_sessions.user_id
WHERE auth_sessions.id = %(session_id)s AND auth_sessions.revoked_at IS NULL
  AND users.id = %(owner_id)s AND users.is_active AND users.token_version = %(token_version)s
"""


def enter(database: Database, claims: Claims) -> Session:
    """The caller's session, yet to be `committed`. Its transaction begins by asking whether the claims still count.

    The user is active, the version current, the login not ended: where not, it raises `InvalidToken`.
    """
    asked = {"owner_id": claims.user_id, "session_id": claims.session_id, "token_version": claims.token_version}
    return database.prepare(Scope(claims.user_id), Proof(_LIVE, asked, InvalidToken))


def authenticate(database: Database, claims: Claims) -> UserIdentity:
    """The caller, by a transaction of its own. Raises `InvalidToken`."""
    session = enter(database, claims)
    with database.committed(session):
        session.connection()
    return UserIdentity(claims.user_id, claims.session_id)


def logout(session: Session, user: UserIdentity, now: datetime) -> None:
    """End the caller's session, and every access token of its user."""
    repository.raise_token_version(session, user.id)  # the user first, as in a change of secret: else they would circle
    repository.revoke(session, user.session_id, now)
    publish(session, Event(user.id, EventType.SESSION_ENDED, {}))


def open_session(
    session: Session, user_id: UUID, token_version: int, arrival: Arrival, *, device_secret: str | None = None
) -> Login:
    """A new session with its first refresh token; whether it is deserved was asked before."""
    opened = AuthSession(user_id=user_id, created_at=arrival.now, last_used_at=arrival.now, client=arrival.client)
    session.add(opened)
    session.flush()
    token = new_secret()
    session.add(RefreshToken(session_id=opened.id, token_sha256=digest(token), created_at=arrival.now))
    return Login(Claims(user_id, opened.id, token_version), token, device_secret)


def _proves(device: Device | None, attempt: Attempt) -> bool:
    # first, so that it always takes its time
    known = matches(attempt.secret or "", device.secret_sha256 if device else None)
    return device is not None and device.is_active and (known or attempt.trusting)
