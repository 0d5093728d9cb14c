"""Codes that let somebody in once: an invitation to register, or the way back to an account whose secret is lost."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, words


class CodePurpose(StrEnum):
    """What a code is good for."""

    INVITATION = "invitation"
    RECOVERY = "recovery"


class OneTimeCode(Base):
    """Issued by whoever runs the server; only its SHA-256 is kept. `user_id` is whose account a recovery is for.

    `used_by` is the device that took it: the same device may send it again when it lost the answer.
    """

    __tablename__ = "one_time_codes"

    id: Mapped[Key]
    purpose: Mapped[CodePurpose] = mapped_column(words(CodePurpose, 20))
    code_sha256: Mapped[bytes] = mapped_column(LargeBinary(32), unique=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[CreatedAt]
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    used_by: Mapped[str | None] = mapped_column(String(255))
