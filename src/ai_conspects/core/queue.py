"""The Celery application and the doorbell. A message names a task and holds one id; the database decides all else."""

from celery import Celery
from kombu import Connection
from kombu import Queue as KombuQueue

from ai_conspects.core import tracing
from ai_conspects.core.jobs import Job, Ring

QUEUES = ("audio", "llm", "research", "embeddings", "maintenance")

PATIENCE_S = 2
"""How long a caller waits for a broker that doesn't answer."""


def make_celery(broker_url: str, *, name: str = "ai_conspects") -> Celery:
    """The application of workers and beat: JSON only, one message at a time, taken off the queue before it is run.

    Nothing is ever stored in a result backend. A message that is lost is rung again by the sweeper.
    """
    app = Celery(name, broker=broker_url, backend="disabled://", set_as_current=False)
    app.conf.update(
        task_serializer="json",
        result_serializer="json",
        event_serializer="json",
        accept_content=["json"],
        result_accept_content=["json"],
        task_ignore_result=True,
        task_store_errors_even_if_ignored=False,
        task_queues=[KombuQueue(queue) for queue in QUEUES],
        task_default_queue="maintenance",
        task_create_missing_queues=False,
        task_acks_late=False,
        task_publish_retry=False,
        worker_prefetch_multiplier=1,
        worker_hijack_root_logger=False,
        broker_connection_retry_on_startup=True,
        broker_connection_max_retries=None,  # Celery's own limit ends a worker whose broker is away for an hour
        worker_proc_alive_timeout=60,  # a busy machine may take longer than Celery's 4 s to start a pool process
        broker_transport_options={
            "socket_connect_timeout": PATIENCE_S,
            "socket_timeout": 30.0,
            "socket_keepalive": True,
        },
        timezone="UTC",
        enable_utc=True,
    )
    return app


def celery_ring(broker_url: str) -> Ring:
    """A doorbell that keeps its connections, and raises soon where the broker is away."""
    app = make_celery(broker_url)
    app.conf.broker_transport_options = _impatient()
    app.conf.broker_connection_timeout = PATIENCE_S

    def ring(job: Job) -> None:
        headers = tracing.carrier()
        app.send_task(job.name, args=[str(job.id)], queue=job.queue, retry=False, ignore_result=True, headers=headers)

    return ring


def ping(broker_url: str) -> None:
    """Return if the broker answers; raises whatever its client raises."""
    with Connection(broker_url, connect_timeout=PATIENCE_S, transport_options=_impatient()) as connection:
        connection.ensure_connection(max_retries=1, interval_start=0, interval_step=0, timeout=PATIENCE_S)


def _impatient() -> dict[str, float]:
    # without `max_retries`, kombu tries to connect for ever, whatever `retry=False` says
    return {
        "socket_connect_timeout": PATIENCE_S,
        "socket_timeout": PATIENCE_S,
        "connect_retries_timeout": PATIENCE_S,
        "max_retries": 1,
        "interval_start": 0,
        "interval_step": 0.05,
    }
