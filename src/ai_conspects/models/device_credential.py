"""Device secrets: only their SHA-256 is kept."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, LargeBinary
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key


class DeviceCredential(Base):
    """The secret of a device: 256 random bits, so a plain hash is enough."""

    __tablename__ = "device_credentials"

    id: Mapped[Key]
    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), unique=True)
    secret_sha256: Mapped[bytes] = mapped_column(LargeBinary(32))
    created_at: Mapped[CreatedAt]
    last_used_at: Mapped[datetime | None]
