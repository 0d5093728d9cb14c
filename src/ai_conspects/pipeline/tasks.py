"""The Celery tasks: doorbells (`run_step`, `embed_notes`, `refresh_note`), and what beat sends regularly."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from celery import Celery, Task

from ai_conspects.batches.orphans import remove_orphans
from ai_conspects.batches.service import RUN_STEP
from ai_conspects.core import tracing
from ai_conspects.core.clock import now
from ai_conspects.core.db import Database
from ai_conspects.core.outbound import Outbound
from ai_conspects.core.settings import Settings
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.models import Queue
from ai_conspects.notes.refreshing import REFRESH_NOTE
from ai_conspects.pipeline import note_refresh
from ai_conspects.pipeline.embedding import EMBED_NOTES, Embedder, ring_if_stale
from ai_conspects.pipeline.runner import Runner
from ai_conspects.pipeline.sweeper import sweep
from ai_conspects.uploads.sweeping import finish_full, remove_expired, remove_lost_parts
from ai_conspects.webhooks import delivering
from ai_conspects.webhooks.outbox import DELIVER

log = structlog.get_logger()

SWEEP = "pipeline.sweep"
REMOVE_ORPHANS = "pipeline.remove_orphans"
ORPHANS_EVERY_S = 3600.0
ORPHAN_AGE_H = 24.0  # longer than any upload takes
MAINTENANCE = "maintenance"


@dataclass(frozen=True)
class WorkerParts:
    """What a worker process has, made once after the fork."""

    settings: Settings
    database: Database
    store: ObjectStore
    runner: Runner
    embedder: Embedder
    outbound: Outbound
    clean_store: Callable[[], int]
    """Remove what killed writers left in the store unseen; how many there were."""


def register(app: Celery, parts: Callable[[], WorkerParts], sweep_s: float) -> None:
    """Define the tasks on the application; `parts` gives the process's own."""

    @app.task(name=RUN_STEP, bind=True)
    def run_step(task: Task[..., None], step_id: str) -> None:
        """Do one step of the queue on which this rang: the one with the id, or the one whose turn it is before it."""
        rang_on: Any = task.request.delivery_info
        with tracing.rung(step_id, {"traceparent": getattr(task.request, "traceparent", None)}):
            parts().runner.run_next(Queue(rang_on["routing_key"]))

    @app.task(name=REFRESH_NOTE)
    def refresh_note(note_id: str) -> None:
        """See `note_refresh.refresh`."""
        mine = parts()
        note_refresh.refresh(mine.database, mine.runner.engines.embeddings, UUID(note_id))

    @app.task(name=EMBED_NOTES)
    def embed_notes(_: str) -> None:
        """See `Embedder.take_turn`."""
        parts().embedder.take_turn()

    @app.task(name=DELIVER)
    def deliver(_: str) -> None:
        """See `delivering.deliver_next`."""
        delivering.deliver_next(parts().database, parts().outbound)

    @app.task(name=SWEEP)
    def sweep_now() -> None:
        """See `sweeper.sweep`, `uploads.sweeping.finish_full`, `embedding.ring_if_stale`, `note_refresh.ring_again`."""
        mine = parts()
        sweep(mine.database, max_attempts=mine.settings.worker.max_attempts, queue_length=queue_length(app))
        finish_full(mine.database, mine.store)
        ring_if_stale(mine.database, mine.embedder.engine.model, queue_length(app))
        note_refresh.ring_again(mine.database)
        delivering.ring_due(mine.database)

    @app.task(name=REMOVE_ORPHANS)
    def remove_orphans_now() -> None:
        """See `orphans.remove_orphans` and `uploads.sweeping`."""
        mine = parts()
        removed = remove_orphans(mine.database, mine.store, older_than_h=ORPHAN_AGE_H, now=now())
        removed += remove_lost_parts(mine.database, mine.store, older_than_h=ORPHAN_AGE_H, now=now())
        removed += mine.clean_store()
        delivering.remove_old(mine.database)
        expired = remove_expired(mine.database, mine.store)
        log.info("orphans.removed", objects=removed, expired_uploads=expired)

    app.conf.beat_schedule = {
        "remove orphans": {"task": REMOVE_ORPHANS, "schedule": ORPHANS_EVERY_S, "options": {"queue": MAINTENANCE}},
        "sweep": {
            "task": SWEEP,
            "schedule": sweep_s,
            "options": {"queue": MAINTENANCE, "expires": max(sweep_s, 1.0)},  # sweeps don't pile up
        },
    }


def queue_length(app: Celery) -> Callable[[Queue], int]:
    """How many messages wait on a queue; on Redis a queue is a list under its own name."""

    def length(queue: Queue) -> int:
        with app.connection_for_write() as connection:
            channel: Any = connection.default_channel  # Redis's, with a client that kombu doesn't type
            return int(channel.client.llen(queue.value))

    return length
