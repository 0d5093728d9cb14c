"""Writes down what is to be delivered, in the very transaction of the event: what stands is delivered, nothing else."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.core.clock import rfc3339
from ai_conspects.core.events import Event, EventType
from ai_conspects.core.ids import uuid7
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.models import Queue, Webhook, WebhookDelivery

DELIVER = "webhooks.deliver"
QUEUE = Queue.RESEARCH
"""With the other steps that wait for somebody on the internet."""

TYPES = {EventType.BATCH_FINISHED, EventType.NOTE_CREATED}


def record(session: Session, events: Sequence[Event]) -> None:
    """A delivery for each event and each enabled webhook that wants it; they leave after the commit."""
    wanted = [event for event in events if event.type in TYPES]
    if not wanted:
        return
    enabled = select(Webhook.id, Webhook.user_id, Webhook.events).where(
        Webhook.user_id.in_({event.user_id for event in wanted}), Webhook.is_enabled
    )
    for row in session.execute(enabled).all():
        for event in wanted:
            if event.user_id == row.user_id and event.type in row.events:
                _add(session, row.id, event)


def payload(type: str, event: Event) -> dict[str, Any]:
    """The body: `type`, when it happened, and the event's data."""
    return {"type": type, "timestamp": rfc3339(event.at), "data": dict(event.data)}


def _add(session: Session, webhook_id: UUID, event: Event) -> None:
    delivery_id = uuid7()
    session.add(
        WebhookDelivery(
            id=delivery_id,
            webhook_id=webhook_id,
            user_id=event.user_id,
            type=event.type,
            payload=payload(event.type, event),
        )
    )
    enqueue(session, Job(DELIVER, QUEUE, delivery_id))
