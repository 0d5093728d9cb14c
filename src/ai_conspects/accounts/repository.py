"""The queries about users, devices, sessions and refresh tokens; nothing here decides."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.accounts.tokens import Claims
from ai_conspects.core.ids import uuid7
from ai_conspects.models import AuthSession, DeviceCredential, RefreshToken, User


@dataclass(frozen=True)
class Device:
    """A registered device: its user, and the hash of its secret where it has one."""

    user_id: UUID
    is_active: bool
    token_version: int
    secret_sha256: bytes | None


def add_user(session: Session, device_id: str) -> UUID | None:
    """The new user's id; None where the device has one already, or gets one at this very moment."""
    statement = insert(User).values(id=uuid7(), device_id=device_id).on_conflict_do_nothing().returning(User.id)
    return session.scalar(statement)


def find_device(session: Session, device_id: str) -> Device | None:
    """The device and its credential, by one query whether it is known or not."""
    row = session.execute(
        select(User.id, User.is_active, User.token_version, DeviceCredential.secret_sha256)
        .outerjoin(DeviceCredential, DeviceCredential.user_id == User.id)
        .where(User.device_id == device_id)
    ).one_or_none()
    return Device(*row) if row else None


def live_of(session: Session, claims: Sequence[Claims]) -> set[Claims]:
    """Those that still count, by one query for all."""
    found = session.execute(
        select(AuthSession.id, AuthSession.user_id, User.token_version)
        .join(User, User.id == AuthSession.user_id)
        .where(AuthSession.id.in_({each.session_id for each in claims}), AuthSession.revoked_at.is_(None))
        .where(User.is_active)
    )
    live = {(row.id, row.user_id, row.token_version) for row in found}
    return {each for each in claims if (each.session_id, each.user_id, each.token_version) in live}


def lock_session_of(session: Session, token_sha256: bytes) -> tuple[AuthSession, User] | None:
    """The session to which a refresh token belongs, locked: whoever else refreshes in it waits."""
    row = session.execute(
        select(AuthSession, User)
        .join(RefreshToken, RefreshToken.session_id == AuthSession.id)
        .join(User, User.id == AuthSession.user_id)
        .where(RefreshToken.token_sha256 == token_sha256)
        .with_for_update(of=AuthSession)
        .execution_options(populate_existing=True)
    ).one_or_none()
    return (row[0], row[1]) if row else None


def refresh_token(session: Session, token_sha256: bytes) -> RefreshToken:
    """The token as it stands now; read after its session was locked, never together with it.

    A query that waits for a lock sees the locked row anew, but the rows joined to it as they were before.
    """
    return session.scalars(select(RefreshToken).where(RefreshToken.token_sha256 == token_sha256)).one()


def revoke(session: Session, session_id: UUID, now: datetime) -> None:
    """End a session: none of its tokens counts from the commit on."""
    session.execute(
        update(AuthSession).where(AuthSession.id == session_id, AuthSession.revoked_at.is_(None)).values(revoked_at=now)
    )


def raise_token_version(session: Session, user_id: UUID) -> int:
    """End every access token of the user; sessions that still stand get new ones by refreshing. The new version."""
    raised = update(User).where(User.id == user_id).values(token_version=User.token_version + 1)
    return session.scalars(raised.returning(User.token_version)).one()


def lock_secret(session: Session, user_id: UUID) -> bytes | None:
    """The hash of the user's device secret, None without one. Whoever else changes it waits."""
    session.execute(select(User.id).where(User.id == user_id).with_for_update())
    return session.scalar(select(DeviceCredential.secret_sha256).where(DeviceCredential.user_id == user_id))
