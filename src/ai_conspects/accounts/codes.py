"""One-time codes: issued by whoever runs the server, on its own command line, and taken by one device each."""

import base64
import re
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from ai_conspects.accounts.errors import CodeRefused, InvitationNeeded, RegistrationClosed
from ai_conspects.accounts.tokens import digest
from ai_conspects.models import CodePurpose, OneTimeCode, User

INVITATION_LIVES = timedelta(days=7)
RECOVERY_LIVES = timedelta(hours=1)


def invite(session: Session, now: datetime, lives: timedelta = INVITATION_LIVES) -> str:
    """A new code with which one device may register."""
    return _issue(session, CodePurpose.INVITATION, None, now, lives)


def recover(session: Session, device_id: str, now: datetime, lives: timedelta = RECOVERY_LIVES) -> str | None:
    """A new code with which the device gets a new secret; None where no such device is registered."""
    user_id = session.scalar(select(User.id).where(User.device_id == device_id))
    return None if user_id is None else _issue(session, CodePurpose.RECOVERY, user_id, now, lives)


def admit(session: Session, mode: str, code: str | None, device_id: str, now: datetime) -> None:
    """Whether a registration may be looked at: decided before anything about the device is.

    Raises `RegistrationClosed`, `InvitationNeeded`.
    """
    if mode == "closed":
        raise RegistrationClosed
    if mode == "invite" and (code is None or _take(session, CodePurpose.INVITATION, code, device_id, now) is None):
        raise InvitationNeeded


def recovered_user(session: Session, code: str, device_id: str, now: datetime) -> UUID:
    """Whose account the code gives back to this device. Raises `CodeRefused`: unknown, used, too old, another's."""
    taken = _take(session, CodePurpose.RECOVERY, code, device_id, now)
    found = session.scalar(select(User.id).where(User.id == taken, User.device_id == device_id, User.is_active))
    if found is None:
        raise CodeRefused
    return found


def _issue(session: Session, purpose: CodePurpose, user_id: UUID | None, now: datetime, lives: timedelta) -> str:
    code = "-".join(re.findall(".{5}", base64.b32encode(secrets.token_bytes(25)).decode()))  # 200 bits, to be typed
    session.add(
        OneTimeCode(purpose=purpose, code_sha256=_digest(code), user_id=user_id, created_at=now, expires_at=now + lives)
    )
    return code


def _take(session: Session, purpose: CodePurpose, code: str, device_id: str, now: datetime) -> UUID | None:
    """Mark the code as this device's; its account, or its own id where it is for none. None: it doesn't count.

    One statement, so that of two devices with one code one gets it.
    """
    return session.scalar(
        update(OneTimeCode)
        .where(
            OneTimeCode.purpose == purpose,
            OneTimeCode.code_sha256 == _digest(code),
            OneTimeCode.expires_at > now,
            or_(OneTimeCode.used_by.is_(None), OneTimeCode.used_by == device_id),
        )
        .values(used_by=device_id, used_at=func.coalesce(OneTimeCode.used_at, now))
        .returning(func.coalesce(OneTimeCode.user_id, OneTimeCode.id))
    )


def _digest(code: str) -> bytes:
    """However it was typed: case, spaces and hyphens don't count."""
    return digest(re.sub(r"[\s-]", "", code).upper())
