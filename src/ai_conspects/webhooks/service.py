"""Decides about webhooks: which addresses may be one, and what its owner sees of it."""

from uuid import UUID

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ai_conspects.core import pagination
from ai_conspects.core.addresses import AddressRefused
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.core.outbound import Outbound
from ai_conspects.models import DeliveryStatus, User, Webhook, WebhookDelivery
from ai_conspects.webhooks import signing
from ai_conspects.webhooks.errors import DeliveryNotFound, TooManyWebhooks, UrlRefused, WebhookNotFound
from ai_conspects.webhooks.outbox import DELIVER, QUEUE
from ai_conspects.webhooks.schemas import (
    AttemptOut,
    CreatedWebhook,
    DeliveryOut,
    NewWebhook,
    WebhookChange,
    WebhookOut,
)

MOST = 10


def create(session: Session, user_id: UUID, wanted: NewWebhook, outbound: Outbound) -> CreatedWebhook:
    """A new webhook, with the secret that nobody is told again. Raises `UrlRefused`, `TooManyWebhooks`."""
    _check(wanted.url, outbound)
    session.execute(select(User.id).where(User.id == user_id).with_for_update(key_share=True))  # one at a time
    if (session.scalar(select(func.count()).where(Webhook.user_id == user_id)) or 0) >= MOST:
        raise TooManyWebhooks(MOST)
    webhook = Webhook(user_id=user_id, url=wanted.url, events=list(wanted.events), secret=signing.new_secret())
    session.add(webhook)
    session.flush()
    session.refresh(webhook)
    return CreatedWebhook(**shown(webhook).model_dump(), secret=signing.written(webhook.secret))


def listed(session: Session, user_id: UUID) -> list[WebhookOut]:
    """The user's webhooks, oldest first."""
    mine = select(Webhook).where(Webhook.user_id == user_id).order_by(Webhook.id)
    return [shown(webhook) for webhook in session.scalars(mine)]


def find(session: Session, user_id: UUID, webhook_id: UUID) -> Webhook:
    """The user's webhook. Raises `WebhookNotFound`."""
    webhook = session.scalar(select(Webhook).where(Webhook.id == webhook_id, Webhook.user_id == user_id))
    if webhook is None:
        raise WebhookNotFound
    return webhook


def change(session: Session, user_id: UUID, webhook_id: UUID, wanted: WebhookChange, outbound: Outbound) -> WebhookOut:
    """Change what is named. Raises `WebhookNotFound`, `UrlRefused`."""
    webhook = find(session, user_id, webhook_id)
    if wanted.url is not None:
        _check(wanted.url, outbound)
        webhook.url, webhook.paused_until = wanted.url, None
    if wanted.events is not None:
        webhook.events = list(wanted.events)
    if wanted.is_enabled is not None:
        webhook.is_enabled, webhook.disabled_reason = wanted.is_enabled, None
        webhook.failures, webhook.failing_since, webhook.paused_until = 0, None, None
    session.flush()
    return shown(webhook)


def remove(session: Session, user_id: UUID, webhook_id: UUID) -> None:
    """Remove it with its deliveries. Raises `WebhookNotFound`."""
    session.delete(find(session, user_id, webhook_id))


def deliveries(
    session: Session, user_id: UUID, webhook_id: UUID, cursor: str | None, limit: int
) -> pagination.Page[DeliveryOut]:
    """The log, newest first. Raises `WebhookNotFound`, `InvalidCursor`."""
    find(session, user_id, webhook_id)
    of = f"deliveries {webhook_id}"
    found = select(WebhookDelivery).where(WebhookDelivery.webhook_id == webhook_id, WebhookDelivery.user_id == user_id)
    if cursor is not None:
        (last,) = pagination.decode(of, cursor, UUID)
        found = found.where(WebhookDelivery.id < last)
    rows = session.scalars(found.order_by(WebhookDelivery.id.desc()).limit(limit + 1)).all()
    more = pagination.encode(of, [str(rows[limit - 1].id)]) if len(rows) > limit else None
    return pagination.Page(items=[shown_delivery(row) for row in rows[:limit]], next_cursor=more)


def redeliver(session: Session, user_id: UUID, webhook_id: UUID, delivery_id: UUID) -> DeliveryOut:
    """Send it once more, now, with all its tries before it. Raises `DeliveryNotFound`."""
    mine = (
        WebhookDelivery.id == delivery_id,
        WebhookDelivery.webhook_id == webhook_id,
        WebhookDelivery.user_id == user_id,
    )
    delivery = session.scalar(select(WebhookDelivery).where(*mine).with_for_update())
    if delivery is None:
        raise DeliveryNotFound
    delivery.status, delivery.due_at, delivery.delivered_at = DeliveryStatus.DUE, func.now(), None
    delivery.attempt += 1  # a worker that has it in hand from before writes nothing any more
    delivery.earlier_attempts, delivery.lease_until = delivery.attempt, None
    session.execute(update(Webhook).where(Webhook.id == webhook_id).values(paused_until=None))
    session.flush()
    session.refresh(delivery)
    enqueue(session, Job(DELIVER, QUEUE, delivery.id))
    return shown_delivery(delivery)


def shown(webhook: Webhook) -> WebhookOut:
    """The webhook as its owner sees it: without its secret."""
    return WebhookOut.model_validate(webhook, from_attributes=True)


def shown_delivery(delivery: WebhookDelivery) -> DeliveryOut:
    """The delivery as its owner sees it."""
    return DeliveryOut(
        id=delivery.id,
        type=delivery.type,
        status=delivery.status,
        attempts=[AttemptOut.model_validate(one) for one in delivery.attempts],
        next_attempt_at=delivery.due_at if delivery.status == DeliveryStatus.DUE else None,
        created_at=delivery.created_at,
        delivered_at=delivery.delivered_at,
    )


def _check(url: str, outbound: Outbound) -> None:
    try:
        wanted = outbound.vet(url)
    except AddressRefused as refused:
        raise UrlRefused(str(refused)) from None
    if wanted.scheme != "https" and not outbound.is_private(wanted):
        raise UrlRefused("It must begin with https://.")
