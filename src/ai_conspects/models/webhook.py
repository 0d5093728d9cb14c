"""Webhooks, and what is to be delivered to them: written in the transaction of the event, so that none is lost."""

from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from ai_conspects.models.base import Base, CreatedAt, Key, UpdatedAt, UserId, words


class DeliveryStatus(StrEnum):
    """`due → delivered | failed`; a redelivery leads back to `due`."""

    DUE = "due"
    DELIVERED = "delivered"
    FAILED = "failed"


class Webhook(Base):
    """An address that is told of events. The secret itself is kept, for it signs every delivery.

    `failing_since` is when the first of the failures began that no success has ended; until `paused_until` it is left
    alone. `disabled_reason` says why this server has switched it off.
    """

    __tablename__ = "webhooks"

    id: Mapped[Key]
    user_id: Mapped[UserId]
    url: Mapped[str] = mapped_column(String(2048))
    events: Mapped[list[str]] = mapped_column(ARRAY(String(32)))
    secret: Mapped[bytes] = mapped_column(LargeBinary(32))
    is_enabled: Mapped[bool] = mapped_column(server_default=text("true"), default=True)
    disabled_reason: Mapped[str | None] = mapped_column(Text)
    failures: Mapped[int] = mapped_column(server_default=text("0"), default=0)  # in a row
    failing_since: Mapped[datetime | None]
    paused_until: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    updated_at: Mapped[UpdatedAt]


class WebhookDelivery(Base):
    """One event for one webhook. `attempts` is a list of `{at, status, error, took_s}`; `attempt` counts claims, of
    which `earlier_attempts` were before it was asked for once more.

    Its id is the message's id, the same at every try.
    """

    __tablename__ = "webhook_deliveries"
    __table_args__ = (
        Index("ix_webhook_deliveries_webhook", "webhook_id", "id"),
        Index("ix_webhook_deliveries_due", "due_at", postgresql_where=text("status = 'due'")),
    )

    id: Mapped[Key]
    webhook_id: Mapped[UUID] = mapped_column(ForeignKey("webhooks.id", ondelete="CASCADE"))
    user_id: Mapped[UserId]
    type: Mapped[str] = mapped_column(String(32))
    payload: Mapped[dict[str, Any]]
    status: Mapped[DeliveryStatus] = mapped_column(words(DeliveryStatus, 16), default=DeliveryStatus.DUE)
    attempt: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    earlier_attempts: Mapped[int] = mapped_column(server_default=text("0"), default=0)
    attempts: Mapped[list[Any]] = mapped_column(server_default=text("'[]'"), default=list)
    due_at: Mapped[CreatedAt]
    lease_until: Mapped[datetime | None]
    created_at: Mapped[CreatedAt]
    delivered_at: Mapped[datetime | None]
