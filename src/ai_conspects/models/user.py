"""Users: one for each registered device."""

from typing import Any

from sqlalchemy import String, text
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UpdatedAt


class User(Base):
    """The owner of everything else. Raising `token_version` ends every access token at once."""

    __tablename__ = "users"

    id: Mapped[Key]
    device_id: Mapped[str] = mapped_column(String(255), unique=True)
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]
    settings: Mapped[dict[str, Any]] = mapped_column(server_default=text("'{}'"), default=dict)
    is_active: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    token_version: Mapped[int] = mapped_column(server_default=text("0"), default=0)
