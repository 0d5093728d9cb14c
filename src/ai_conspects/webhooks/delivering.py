"""Delivers what is due: one try at a time for each webhook, with backoff over hours, by the database's clock.

A try is claimed with a lease in one short transaction and written down in another; between them nothing is open. A
webhook that fails is left alone for a while, whatever is due to it, so that a dead receiver costs little.
"""

import json
import random
import time
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import delete, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from ai_conspects.core.addresses import AddressRefused
from ai_conspects.core.clock import now, rfc3339
from ai_conspects.core.db import Database
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.core.outbound import Bounds, Outbound, OutboundFailed
from ai_conspects.models import DeliveryStatus, Webhook, WebhookDelivery
from ai_conspects.webhooks import signing
from ai_conspects.webhooks.outbox import DELIVER, QUEUE

log = structlog.get_logger()

WAITS_S = (5.0, 60.0, 300.0, 1_800.0, 7_200.0, 18_000.0, 36_000.0)
"""Before each further try, give or take a fifth: eight tries in some 19 hours."""
LONGEST_PAUSE_S = 1_800.0
SLOW_S, REST = 2.0, 9.0
"""One that takes longer rests so many times as long: at most a tenth of a worker is its."""
DISABLED_AFTER = timedelta(days=5)
KEPT = timedelta(days=30)
LEASE_S = 60.0
BOUNDS = Bounds(seconds=10, body_bytes=1 << 16)
GONE = 410


@dataclass(frozen=True)
class Claimed:
    """A delivery in this worker's hands. `attempt` is its fence."""

    id: UUID
    webhook_id: UUID
    user_id: UUID
    url: str
    secret: bytes
    payload: dict[str, Any]
    attempt: int


@dataclass(frozen=True)
class Tried:
    """What came of a try. `status` is the answer's."""

    status: int | None
    error: str | None
    took_s: float

    @property
    def is_delivered(self) -> bool:
        return self.error is None


def deliver_next(database: Database, outbound: Outbound) -> UUID | None:
    """Try the delivery that is due first; its id, None where nothing is due."""
    with database.transaction(as_system="claim a delivery") as session:
        claimed = _claim(session)
    if claimed is None:
        return None
    tried = _try(claimed, outbound)
    with database.transaction(as_user=claimed.user_id) as session:
        _write(session, claimed, tried)
    log.info("webhook.tried", delivery_id=str(claimed.id), attempt=claimed.attempt, status=tried.status)
    return claimed.id


def ring_due(database: Database) -> None:
    """Ring for what is due and was forgotten; for a few, as each ring delivers whatever is due first."""
    with database.transaction(as_system="sweep: deliveries due") as session:
        due = session.scalars(_due().with_only_columns(WebhookDelivery.id).limit(20)).all()
        for delivery_id in due:
            enqueue(session, Job(DELIVER, QUEUE, delivery_id))


def remove_old(database: Database) -> None:
    """Forget deliveries that ended long ago."""
    ended = (WebhookDelivery.status != DeliveryStatus.DUE, WebhookDelivery.created_at < func.now() - KEPT)
    with database.transaction(as_system="sweep: old deliveries") as session:
        session.execute(delete(WebhookDelivery).where(*ended).execution_options(synchronize_session=False))


def _due() -> Any:
    """Deliveries to be tried. That a delivery is in nobody's hands is asked of its own row besides: a row that was
    claimed since this query began is judged again as it stands now, and only by what stands in it."""
    other = aliased(WebhookDelivery)
    in_hand = exists().where(other.webhook_id == Webhook.id, other.lease_until > func.now())
    return (
        select(WebhookDelivery, Webhook)
        .join(Webhook, Webhook.id == WebhookDelivery.webhook_id)
        .where(
            WebhookDelivery.status == DeliveryStatus.DUE,
            WebhookDelivery.due_at <= func.now(),
            Webhook.is_enabled,
            or_(Webhook.paused_until.is_(None), Webhook.paused_until <= func.now()),
            or_(WebhookDelivery.lease_until.is_(None), WebhookDelivery.lease_until <= func.now()),
            ~in_hand,
        )
        .order_by(WebhookDelivery.due_at, WebhookDelivery.id)
    )


def _claim(session: Session) -> Claimed | None:
    row = session.execute(_due().limit(1).with_for_update(skip_locked=True, key_share=True)).one_or_none()
    if row is None:
        return None
    delivery, webhook = row
    delivery.attempt += 1
    delivery.lease_until = func.now() + timedelta(seconds=LEASE_S)
    return Claimed(
        delivery.id, webhook.id, webhook.user_id, webhook.url, webhook.secret, delivery.payload, delivery.attempt
    )


def _try(claimed: Claimed, outbound: Outbound) -> Tried:
    body = json.dumps(claimed.payload, ensure_ascii=False, separators=(",", ":")).encode()
    headers = signing.headers(claimed.secret, str(claimed.id), int(time.time()), body)
    began = time.monotonic()
    status, error = None, None
    try:
        reply = outbound.call(
            "POST", claimed.url, headers={"Content-Type": "application/json", **headers}, content=body, bounds=BOUNDS
        )
        status = reply.status
        if not 200 <= status < 300:
            error = "Redirects are not followed." if 300 <= status < 400 else f"It answered {status}."
    except (AddressRefused, OutboundFailed) as failed:
        error = str(failed)
    return Tried(status, error, round(time.monotonic() - began, 3))


def _write(session: Session, claimed: Claimed, tried: Tried) -> None:
    """Nothing, if somebody else has claimed it since, or it is gone."""
    found = select(WebhookDelivery).where(WebhookDelivery.id == claimed.id, WebhookDelivery.attempt == claimed.attempt)
    delivery = session.scalar(found.with_for_update())
    webhook = session.get(Webhook, claimed.webhook_id, with_for_update={"key_share": True})
    if delivery is None or webhook is None:
        return
    said = {"at": rfc3339(now()), "status": tried.status, "error": tried.error, "took_s": tried.took_s}
    delivery.attempts = [*delivery.attempts, said][-20:]
    delivery.lease_until = None
    if tried.is_delivered:
        delivery.status, delivery.delivered_at = DeliveryStatus.DELIVERED, func.now()
        webhook.failures, webhook.failing_since, webhook.paused_until = 0, None, None
        if tried.took_s > SLOW_S:
            webhook.paused_until = func.now() + timedelta(seconds=tried.took_s * REST)
        else:
            _ring_next(session, webhook.id)
        return
    wait_s = retry_s(claimed.attempt - delivery.earlier_attempts)
    if wait_s is None:
        delivery.status = DeliveryStatus.FAILED
    else:
        delivery.due_at = func.now() + timedelta(seconds=wait_s)
    _note_failure(session, webhook, tried)


def retry_s(attempt: int) -> float | None:
    """Seconds until the try after this one, None after the last."""
    if attempt > len(WAITS_S):
        return None
    return WAITS_S[attempt - 1] * random.uniform(0.8, 1.2)  # noqa: S311  # spreads load; guards no secret


def _note_failure(session: Session, webhook: Webhook, tried: Tried) -> None:
    webhook.failures += 1
    pause_s = min(LONGEST_PAUSE_S, WAITS_S[0] * 2.0 ** min(webhook.failures - 1, 16))
    webhook.paused_until = func.now() + timedelta(seconds=pause_s * random.uniform(0.8, 1.0))  # noqa: S311  # as above
    if webhook.failing_since is None:
        webhook.failing_since = func.now()
    dead_since = Webhook.failing_since < func.now() - DISABLED_AFTER
    if tried.status == GONE:
        _disable(session, webhook, "It answered 410 Gone.")
    elif session.scalar(select(dead_since).where(Webhook.id == webhook.id)):
        _disable(session, webhook, f"Nothing could be delivered for {DISABLED_AFTER.days} days.")


def _disable(session: Session, webhook: Webhook, reason: str) -> None:
    webhook.is_enabled, webhook.disabled_reason = False, reason
    mine = (WebhookDelivery.webhook_id == webhook.id, WebhookDelivery.status == DeliveryStatus.DUE)
    failed = update(WebhookDelivery).where(*mine).values(status=DeliveryStatus.FAILED)
    session.execute(failed.execution_options(synchronize_session=False))
    log.warning("webhook.disabled", webhook_id=str(webhook.id), reason=reason)


def _ring_next(session: Session, webhook_id: UUID) -> None:
    """What waited for this webhook to be well again, or for its turn, needn't wait for the sweeper."""
    session.flush()
    waiting = select(WebhookDelivery.id).where(
        WebhookDelivery.webhook_id == webhook_id,
        WebhookDelivery.status == DeliveryStatus.DUE,
        WebhookDelivery.due_at <= func.now(),
    )
    following = session.scalar(waiting.order_by(WebhookDelivery.due_at).limit(1))
    if following is not None:
        enqueue(session, Job(DELIVER, QUEUE, following))
