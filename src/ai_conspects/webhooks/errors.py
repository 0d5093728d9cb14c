"""What can be wrong with a webhook, in words for its owner."""

from ai_conspects.core.errors import Conflict, FieldError, NotFound, Unprocessable


class WebhookNotFound(NotFound):
    code = "webhook_not_found"
    detail = "Webhook not found"


class DeliveryNotFound(NotFound):
    code = "delivery_not_found"
    detail = "Delivery not found"


class TooManyWebhooks(Conflict):
    code = "too_many_webhooks"

    def __init__(self, most: int) -> None:
        super().__init__(f"You have {most} webhooks already. Delete one first.")


class UrlRefused(Unprocessable):
    """This server won't call that address."""

    code = "url_refused"

    def __init__(self, why: str) -> None:
        super().__init__(f"The url can't be a webhook's. {why}", errors=(FieldError(("body", "url"), why),))
