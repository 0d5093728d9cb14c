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
from ai_conspects.models import AuthSession, DeviceCredential, RefreshToken


@dataclass(frozen=True)
class Login:
    """A fresh login: what the access token shall say, and the two secrets that are told once and never again.

    `device_secret` is None unless this server has just made it.
    """

    claims: Claims
    refresh_token: str
    device_secret: str | None = None


def register(session: Session, device_id: str, secret: str | None, *, trusting: bool, now: datetime) -> Login:
    """Make the device's account; for a known device that proves itself, log in.

    `trusting` takes the device id as proof, as the protocol does. Raises `DeviceAlreadyRegistered`.
    """
    user_id = repository.add_user(session, device_id)
    if user_id is None:
        device = repository.find_device(session, device_id)
        if device is None or not _proves(device, secret, trusting=trusting):
            raise DeviceAlreadyRegistered
        return _open(session, device.user_id, device.token_version, now)
    made = None if secret else new_secret()
    session.add(DeviceCredential(user_id=user_id, secret_sha256=digest(secret or made or "")))
    return _open(session, user_id, 0, now, device_secret=made)


def login(session: Session, device_id: str, secret: str | None, *, trusting: bool, now: datetime) -> Login:
    """Log a registered device in. Raises `LoginFailed`; where `trusting`, `DeviceNotFound` for one that is unknown."""
    device = repository.find_device(session, device_id)
    if device is None and trusting:
        raise DeviceNotFound
    if not _proves(device, secret, trusting=trusting) or device is None:
        raise LoginFailed
    return _open(session, device.user_id, device.token_version, now)


def authenticate(session: Session, claims: Claims) -> UserIdentity:
    """The caller, if the token's claims still count. Raises `InvalidToken`."""
    if not repository.is_live(session, claims.user_id, claims.session_id, claims.token_version):
        raise InvalidToken
    return UserIdentity(claims.user_id, claims.session_id)


def logout(session: Session, user: UserIdentity, now: datetime) -> None:
    """End the caller's session, and every access token of its user."""
    repository.revoke(session, user.session_id, now)
    repository.raise_token_version(session, user.id)


def _proves(device: Device | None, secret: str | None, *, trusting: bool) -> bool:
    known = matches(secret or "", device.secret_sha256 if device else None)  # first, so that it always takes its time
    return device is not None and device.is_active and (known or trusting)


def _open(
    session: Session, user_id: UUID, token_version: int, now: datetime, *, device_secret: str | None = None
) -> Login:
    opened = AuthSession(user_id=user_id, created_at=now, last_used_at=now)
    session.add(opened)
    session.flush()
    token = new_secret()
    session.add(RefreshToken(session_id=opened.id, token_sha256=digest(token), created_at=now))
    return Login(Claims(user_id, opened.id, token_version), token, device_secret)
