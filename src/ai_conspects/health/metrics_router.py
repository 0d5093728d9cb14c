"""`/metrics` beside the API, for whoever has the token; without one configured, there is no such page."""

import hmac
from typing import Annotated

from fastapi import APIRouter, Header, Response
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from ai_conspects.accounts.dependencies import PartsDep
from ai_conspects.core import metrics
from ai_conspects.core.errors import NotFound
from ai_conspects.health.measures import RowsCollector

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def show_metrics(parts: PartsDep, authorization: Annotated[str | None, Header()] = None) -> Response:
    """Everything in Prometheus's text format. A wrong token and no such page are the same 404."""
    wanted = parts.settings.metrics.token.get_secret_value()
    scheme, _, given = (authorization or "").partition(" ")
    if not wanted or scheme.lower() != "bearer" or not hmac.compare_digest(given.encode(), wanted.encode()):
        raise NotFound("Not Found")
    found = metrics.registry(RowsCollector(parts.database))
    return Response(generate_latest(found), media_type=CONTENT_TYPE_LATEST)
