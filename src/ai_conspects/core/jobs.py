"""Ring after the commit: jobs noted in a transaction leave for the queue only once it stands.

A job is a doorbell by name with an id. A lost one is harmless: the sweeper rings again.
"""

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy.orm import Session

log = structlog.get_logger()


@dataclass(frozen=True)
class Job:
    """`name` is the task's name, `queue` where it rings, `id` what it is about."""

    name: str
    queue: str
    id: UUID


Ring = Callable[[Job], None]
"""Sends one job to the broker. May raise: `ring_all` notes it and goes on."""

_PENDING = "jobs"


def enqueue(session: Session, job: Job) -> None:
    """Note a job, to be rung when the session's transaction has been committed."""
    session.info.setdefault(_PENDING, []).append(job)


def take(session: Session) -> list[Job]:
    """The jobs noted so far; the session forgets them."""
    jobs: list[Job] = session.info.pop(_PENDING, [])
    return jobs


def ring_all(ring: Ring, jobs: list[Job]) -> None:
    """Ring each job; a broker that is away is noted, not raised, for the database already holds the truth."""
    for job in jobs:
        try:
            ring(job)
        except Exception as error:
            log.warning("jobs.ring_failed", job=job.name, queue=job.queue, error=type(error).__name__)
            return
