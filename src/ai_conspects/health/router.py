"""`/health`: is this process alive, and can it do its work?"""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from pydantic import BaseModel

from ai_conspects.accounts.dependencies import PartsDep
from ai_conspects.core.errors import FieldError, Unavailable
from ai_conspects.core.openapi import documented
from ai_conspects.health import checks
from ai_conspects.health.checks import State, answers

router = APIRouter(prefix="/health", tags=["operations"])

NEEDED = ("database", "migrations", "store")


class NotReady(Unavailable):
    """Something without which nothing works is away; `errors` names it."""

    code = "not_ready"

    def __init__(self, missing: list[str]) -> None:
        super().__init__(f"Not ready, missing: {', '.join(missing)}.")
        self.errors = tuple(FieldError((part,), "missing") for part in missing)


class Liveness(BaseModel):
    """The process answers."""

    status: Literal["alive"] = "alive"


class Readiness(BaseModel):
    """`degraded`: the queue is away; what is sent in is kept, and worked on once it is back."""

    status: Literal["ready", "degraded"]
    parts: dict[str, State]


@router.get("/live")
def live() -> Liveness:
    """Answers as long as the process does."""
    return Liveness()


def part_states(parts: PartsDep) -> dict[str, State]:
    """The state of every part, by its name."""
    settings = parts.settings
    broker_url = settings.celery_broker_url.get_secret_value() or settings.redis_url.get_secret_value()
    database = answers("database", lambda: checks.database_answers(parts.database))
    return {
        "database": database,
        # a database that is away is not asked twice: each asking may take seconds
        "migrations": answers("migrations", lambda: checks.schema_fits(parts.database, settings.embeddings.dimensions))
        if database == "ok"
        else "missing",
        "store": answers("store", parts.store.check),
        "queue": answers("queue", lambda: checks.queue_answers(broker_url)),
    }


@router.get("/ready", responses=documented(503))
def ready(states: Annotated[dict[str, State], Depends(part_states)]) -> Readiness:
    """503 where something needed is away, naming it."""
    missing = [part for part in NEEDED if states[part] == "missing"]
    if missing:
        raise NotReady(missing)
    return Readiness(status="ready" if states["queue"] == "ok" else "degraded", parts=states)
