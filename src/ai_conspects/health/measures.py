"""What the rows tell at the moment of a scrape: the same whichever process is asked, and right after every restart."""

from collections.abc import Iterable

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database
from ai_conspects.models import FINISHED, ProcessingBatch, Queue, RecordingStep, StepStatus


class RowsCollector(Collector):
    """`active_batches`, and how much waits on each queue for how long. Without a database: `database_up 0` alone."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def collect(self) -> Iterable[GaugeMetricFamily]:
        """Asked at each scrape."""
        up = GaugeMetricFamily("database_up", "Whether the database answered this scrape.")
        try:
            with self._database.transaction(as_system="metrics") as session:
                found = [_batches(session), *_queues(session)]
        except (OperationalError, InterfaceError, PoolTimeout):
            up.add_metric([], 0)
            return [up]
        up.add_metric([], 1)
        return [up, *found]


def _batches(session: Session) -> GaugeMetricFamily:
    active = select(func.count()).select_from(ProcessingBatch).where(ProcessingBatch.status.not_in(FINISHED))
    told = GaugeMetricFamily("active_batches", "Batches that have not ended.")
    told.add_metric([], session.scalar(active) or 0)
    return told


def _queues(session: Session) -> list[GaugeMetricFamily]:
    due = (
        select(RecordingStep.queue, func.count(), func.extract("epoch", func.now() - func.min(RecordingStep.due_at)))
        .where(RecordingStep.status == StepStatus.DUE, RecordingStep.due_at <= func.now())
        .group_by(RecordingStep.queue)
    )
    waiting = {queue: (count, float(age)) for queue, count, age in session.execute(due)}
    running = select(RecordingStep.queue, func.count()).where(RecordingStep.status == StepStatus.RUNNING)
    at_work = {row[0]: row[1] for row in session.execute(running.group_by(RecordingStep.queue))}
    depth = GaugeMetricFamily("queue_depth", "Steps due and not begun.", labels=["queue"])
    age = GaugeMetricFamily("queue_oldest_seconds", "How long the oldest of them has waited.", labels=["queue"])
    busy = GaugeMetricFamily("queue_running", "Steps at work.", labels=["queue"])
    for queue in Queue:
        count, seconds = waiting.get(queue, (0, 0.0))
        depth.add_metric([queue.value], count)
        age.add_metric([queue.value], seconds)
        busy.add_metric([queue.value], at_work.get(queue, 0))
    return [depth, age, busy]
