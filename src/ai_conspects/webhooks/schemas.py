"""Webhooks on the wire."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool

from ai_conspects.batches.schemas import Time
from ai_conspects.core.http import Change, PlainText
from ai_conspects.models import DeliveryStatus

EventName = Literal["batch.finished", "note.created"]


def _each_once(names: list[EventName]) -> list[EventName]:
    return sorted(set(names))


_UrlField = Field(
    min_length=1,
    max_length=2_048,
    examples=["https://example.com/hooks/notes"],
    json_schema_extra={"pattern": "^https?://"},
)
Url = Annotated[PlainText, _UrlField]
Events = Annotated[list[EventName], Field(min_length=1, max_length=20), AfterValidator(_each_once)]


class NewWebhook(BaseModel):
    """Where to send what. The address must be `https://` and on the public internet, unless the operator names it."""

    model_config = ConfigDict(extra="forbid")

    url: Url
    events: Events


class WebhookChange(Change):
    """What to change; what is not named stays. Enabling forgets earlier failures."""

    url: Url | None = None
    events: Events | None = None
    is_enabled: StrictBool | None = None


class WebhookOut(BaseModel):
    """`failing_since`: no delivery has succeeded since then. `disabled_reason`: why the server switched it off."""

    id: UUID
    url: str
    events: list[str]
    is_enabled: bool
    disabled_reason: str | None
    failing_since: Time | None
    created_at: Time


class CreatedWebhook(WebhookOut):
    """`secret` is told once: it verifies the signatures."""

    secret: str


class AttemptOut(BaseModel):
    """One try. `status` is the answer's, null where none came; then `error` says why."""

    at: str
    status: int | None
    error: str | None
    took_s: float


class DeliveryOut(BaseModel):
    """One event for the webhook; `id` is the `webhook-id` of each try. `next_attempt_at` is null once it has ended."""

    id: UUID
    type: str
    status: DeliveryStatus
    attempts: list[AttemptOut]
    next_attempt_at: Time | None
    created_at: Time
    delivered_at: Time | None
