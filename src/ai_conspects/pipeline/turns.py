"""Turns at background jobs: one worker at a time, by the database's clock. As `claims`, for work that is no step.

A turn that its worker didn't end is over with its lease; the job's rows say what is still to be done.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import func, or_, select, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.models import BackgroundJob
from ai_conspects.pipeline.claims import LeaseLost


@dataclass(frozen=True)
class Turn:
    """A job in this worker's hands. `waits`: how many turns before it, in a row, found an engine away."""

    job: str
    fence: int
    waits: int


def is_due(session: Session, job: str) -> bool:
    """Whether nobody is at it, and its time has come."""
    busy = or_(BackgroundJob.due_at > func.now(), BackgroundJob.lease_until > func.now())
    return session.scalar(select(BackgroundJob.name).where(BackgroundJob.name == job, busy)) is None


def take(session: Session, job: str, *, worker: str, lease_s: float) -> Turn | None:
    """A turn, None where somebody else has it or it isn't due."""
    session.execute(insert(BackgroundJob).values(name=job).on_conflict_do_nothing())
    row = session.scalar(select(BackgroundJob).where(BackgroundJob.name == job).with_for_update(skip_locked=True))
    if row is None or not is_due(session, job):
        return None
    row.fence += 1
    row.worker = worker
    session.flush()
    turn = Turn(job, row.fence, row.waits)
    hold(session, turn, lease_s=lease_s)
    return turn


def hold(session: Session, turn: Turn, *, lease_s: float) -> None:
    """Keep the turn for longer, and its row locked to the end of the transaction. Raises `LeaseLost`."""
    _write(session, turn, {"lease_until": func.now() + timedelta(seconds=lease_s)})


def end(session: Session, turn: Turn) -> None:
    """It went well; the next may come at once. Raises `LeaseLost`."""
    _write(session, turn, {"lease_until": None, "waits": 0, "error_code": None, "error_message": None})


def end_until(session: Session, turn: Turn, *, after_s: float, code: str, message: str) -> None:
    """It can't go on for now; no turn before `after_s` seconds have passed. Raises `LeaseLost`."""
    later = func.now() + timedelta(seconds=after_s)
    values = {"lease_until": None, "due_at": later, "error_code": code, "error_message": message}
    _write(session, turn, {**values, "waits": BackgroundJob.waits + 1})


def _write(session: Session, turn: Turn, values: dict[str, Any]) -> None:
    written = session.execute(
        update(BackgroundJob)
        .where(BackgroundJob.name == turn.job, BackgroundJob.fence == turn.fence)
        .values(**values)
        .returning(BackgroundJob.name)
        .execution_options(synchronize_session=False)
    ).all()
    if not written:
        raise LeaseLost(turn.job)
