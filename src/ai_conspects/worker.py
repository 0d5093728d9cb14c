"""The Celery worker: `celery -A ai_conspects.worker:app worker`. It reads the settings; engines come after the fork."""

import ctypes
import multiprocessing
import signal
import socket
import sys
from functools import partial
from typing import Any

import structlog
from billiard import current_process
from celery import signals

from ai_conspects.core import logging, metrics, tracing
from ai_conspects.core.db import connect
from ai_conspects.core.event_stream import announcer
from ai_conspects.core.outbound import Outbound, private_hosts
from ai_conspects.core.queue import celery_ring, make_celery
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.paths import home_folder
from ai_conspects.engines import registry
from ai_conspects.models import Queue
from ai_conspects.pipeline.embedding import Embedder
from ai_conspects.pipeline.runner import Runner
from ai_conspects.pipeline.tasks import WorkerParts, register
from ai_conspects.webhooks import outbox

log = structlog.get_logger()

settings = Settings()
broker = settings.celery_broker_url.get_secret_value() or settings.redis_url.get_secret_value()
app = make_celery(broker)

_stopping = multiprocessing.get_context("fork").RawValue("b", 0)
"""Made before the fork, so that the pool's processes see what the main one is told. Without a lock: one that is killed
while it looks must not leave it locked for all others, and a signal handler must not wait."""

_node = socket.gethostname()
_parts: WorkerParts | None = None


def parts() -> WorkerParts:
    """This process's own, made at its first need and kept."""
    global _parts
    if _parts is None:
        _parts = _build()
    return _parts


def _build() -> WorkerParts:
    database = connect(
        settings.database_url.get_secret_value(),
        ring=celery_ring(broker),
        announce=announcer(settings.events_redis_url),
        record=outbox.record,
        pool_size=3,
        application_name="ai-conspects-worker",
    )
    home = home_folder(settings.home).root
    engines = registry.build(settings, home)
    worker = f"{_node}/{getattr(current_process(), 'index', 0)}"  # the same after a restart, unlike a pid
    runner = Runner(database, engines, settings, worker, _draining)
    embedder = Embedder(database, engines.embeddings, worker, settings.worker.lease_s, _draining)
    clean_store = partial(registry.clean_store, settings, home)
    outbound = Outbound(private_hosts(settings.outbound.private_hosts))
    return WorkerParts(settings, database, engines.store, runner, embedder, outbound, clean_store)


def _draining() -> bool:
    return bool(_stopping.value)


register(app, parts, settings.worker.sweep_s)


@signals.celeryd_init.connect
def _take_name(sender: str, **_: Any) -> None:
    """`worker-audio@host`: who has a step, for whoever looks at its row."""
    for name, url in (("DATABASE_URL", settings.database_url.get_secret_value()), ("REDIS_URL", broker)):
        if not url:  # Celery would look for a RabbitMQ on this machine, for ever
            raise SystemExit(f"{name} is empty. Name one, or run `ai-conspects serve`, which starts it.")
    global _node
    _node = sender


@signals.celeryd_after_setup.connect
def _import_ahead(**_: Any) -> None:
    """Once for all processes of the pool, which share what was imported before the fork."""
    kinds = {Queue.AUDIO: "speech", Queue.LLM: "language_model", Queue.EMBEDDINGS: "embeddings"}
    registry.import_ahead(settings, [kind for queue, kind in kinds.items() if queue in app.amqp.queues.consume_from])


@signals.setup_logging.connect
def _set_up_logging(**_: Any) -> None:
    logging.configure(settings.log_format, settings.log_level)


@signals.worker_ready.connect
def _serve_metrics(**_: Any) -> None:
    """From the main process, which is not killed with a step; PROMETHEUS_MULTIPROC_DIR has its pool's figures."""
    if settings.metrics.port:
        metrics.serve(settings.metrics.host, settings.metrics.port)


@signals.worker_process_init.connect
def _after_fork(**_: Any) -> None:
    """Die with the main process: a pool process left alone would go on with a step that nobody waits for."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    tracing.configure("ai-conspects-worker", settings.traces)
    parts()


@signals.worker_process_shutdown.connect
def _send_last_spans(**_: Any) -> None:
    tracing.flush()


@signals.worker_shutting_down.connect
def _drain(**_: Any) -> None:
    """Running steps go back at their next checkpoint; no new one is begun."""
    _stopping.value = 1
