"""`/webhooks`: addresses that are told of events, and the log of what was delivered to them."""

from typing import Annotated
from uuid import UUID

from fastapi import APIRouter, Depends

from ai_conspects.accounts.dependencies import PartsDep, SessionDep, SessionUser
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.openapi import documented
from ai_conspects.core.outbound import Outbound, private_hosts
from ai_conspects.core.pagination import CursorParam, Limit, Page
from ai_conspects.webhooks import service
from ai_conspects.webhooks.schemas import CreatedWebhook, DeliveryOut, NewWebhook, WebhookChange, WebhookOut

router = APIRouter(route_class=InOneThread, prefix="/webhooks", tags=["webhooks"], responses=documented(401, 422, 503))


def outbound(parts: PartsDep) -> Outbound:
    """What may be called."""
    return Outbound(private_hosts(parts.settings.outbound.private_hosts))


OutboundDep = Annotated[Outbound, Depends(outbound)]


@router.get("")
def list_webhooks(session: SessionDep, user: SessionUser) -> Page[WebhookOut]:
    """Your webhooks; there are few, so that this is all of them."""
    return Page(items=service.listed(session, user.id), next_cursor=None)


@router.post("", status_code=201, responses=documented(409))
def create_webhook(wanted: NewWebhook, session: SessionDep, user: SessionUser, calls: OutboundDep) -> CreatedWebhook:
    """Have an address told of events. `secret` is answered once: keep it, it verifies what arrives."""
    return service.create(session, user.id, wanted, calls)


@router.get("/{webhook_id}", responses=documented(404))
def get_webhook(webhook_id: UUID, session: SessionDep, user: SessionUser) -> WebhookOut:
    """One webhook."""
    return service.shown(service.find(session, user.id, webhook_id))


@router.patch("/{webhook_id}", responses=documented(404))
def change_webhook(
    webhook_id: UUID, wanted: WebhookChange, session: SessionDep, user: SessionUser, calls: OutboundDep
) -> WebhookOut:
    """Change its address or events, switch it off or on again."""
    return service.change(session, user.id, webhook_id, wanted, calls)


@router.delete("/{webhook_id}", status_code=204, responses=documented(404))
def delete_webhook(webhook_id: UUID, session: SessionDep, user: SessionUser) -> None:
    """Remove it, and what was still to be delivered to it."""
    service.remove(session, user.id, webhook_id)


@router.get("/{webhook_id}/deliveries", responses=documented(404))
def list_deliveries(
    webhook_id: UUID, session: SessionDep, user: SessionUser, limit: Limit = 50, cursor: CursorParam = None
) -> Page[DeliveryOut]:
    """What was delivered, with every try of the last 30 days, newest first."""
    return service.deliveries(session, user.id, webhook_id, cursor, limit)


@router.post("/{webhook_id}/deliveries/{delivery_id}/redeliver", status_code=202, responses=documented(404))
def redeliver(webhook_id: UUID, delivery_id: UUID, session: SessionDep, user: SessionUser) -> DeliveryOut:
    """Send it once more, now. Its `webhook-id` stays: a receiver that has it already can tell."""
    return service.redeliver(session, user.id, webhook_id, delivery_id)
