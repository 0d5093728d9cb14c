"""Who works on what: claim, lease, fence and attempt, by the database's clock.

Other places change a step's status only where no worker has it: a submit, an import, a correction, the sweeper.

A claim takes the lease and raises the fence. Every later write names its fence; a worker whose lease was lost
and taken by another writes with an old one, and changes no row (M. Kleppmann, "How to do distributed locking", 2016).
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, null, select, update
from sqlalchemy.orm import Session

from ai_conspects.batches.fairness import claimable
from ai_conspects.batches.telling import Names, names
from ai_conspects.models import Queue, RecordingStep, StepName, StepStatus

A_GOOD_PART = 0.25
"""The share of a step that a claim must add before the crashes of earlier ones are forgotten.

Less would let a recording that kills its worker a little further each time go on for ever; never would set aside one
of many hours because the power failed on three days.
"""


class LeaseLost(Exception):
    """Another worker has the step now, or it is gone: whatever this one made must not be written."""


@dataclass(frozen=True)
class Claim:
    """A step in this worker's hands, until the lease ends."""

    step_id: UUID
    recording_id: UUID
    batch_id: UUID
    user_id: UUID
    name: StepName
    queue: Queue
    attempt: int
    fence: int
    progress: float
    names: Names


def take(session: Session, queue: Queue, *, worker: str, lease_s: float) -> Claim | None:
    """Claim the step whose turn it is on this queue, None if nothing is due. The attempt counts from here on."""
    step = session.scalars(claimable(queue)).first()
    if step is None:
        return None
    step.status = StepStatus.RUNNING
    step.attempt += 1
    step.fence += 1
    step.worker = worker
    session.flush()
    session.execute(
        update(RecordingStep)
        .where(RecordingStep.id == step.id)
        .values(started_at=func.now(), lease_until=_in(lease_s), error_code=None, error_message=None)
    )
    return Claim(
        step.id,
        step.recording_id,
        step.batch_id,
        step.user_id,
        step.name,
        step.queue,
        step.attempt,
        step.fence,
        step.progress,
        names(session, step.recording_id),
    )


def renew(session: Session, claim: Claim, *, lease_s: float, progress: float | None = None) -> float:
    """Hold the step for longer, and say how far it has come; the furthest that it ever was. Raises `LeaseLost`."""
    values: dict[str, Any] = {"lease_until": _in(lease_s)}
    if progress is not None:
        values["progress"] = func.greatest(RecordingStep.progress, progress)
        # only what was never reached before is progress: work done again after a wait or a crash is not
        got_on = RecordingStep.progress < progress
        values |= {
            "waits": case((got_on, 0), else_=RecordingStep.waits),
            "waiting_since": case((got_on, null()), else_=RecordingStep.waiting_since),
        }
        if progress >= claim.progress + A_GOOD_PART:
            values["attempt"] = 1
    return _write(session, claim, values)


def finish(
    session: Session,
    claim: Claim,
    *,
    output: dict[str, Any] | None,
    engine: str | None,
    notice: str | None,
    work_s: float,
) -> None:
    """The step is done. Raises `LeaseLost`."""
    _end(
        session,
        claim,
        StepStatus.DONE,
        progress=1.0,
        output=output,
        engine=engine,
        notice=notice,
        paid=None,
        work_s=RecordingStep.work_s + work_s,
    )


def fail(session: Session, claim: Claim, *, code: str, message: str) -> None:
    """The step will not succeed by itself. Raises `LeaseLost`."""
    _end(session, claim, StepStatus.FAILED, error_code=code, error_message=message)


def put_back(
    session: Session,
    claim: Claim,
    *,
    after_s: float = 0,
    waited: bool = False,
    crashed: bool = False,
    code: str | None = None,
    message: str | None = None,
) -> None:
    """Let the step go, to be done later by anyone.

    The attempt is given back, except where it crashed; `waited` counts an engine that was away.
    Raises `LeaseLost`.
    """
    values: dict[str, Any] = {
        "status": StepStatus.DUE,
        "due_at": _in(after_s),
        "lease_until": None,
        "worker": None,
        "error_code": code,
        "error_message": message,
    }
    if waited:
        values["waits"] = RecordingStep.waits + 1
        values["waiting_since"] = func.coalesce(RecordingStep.waiting_since, func.now())
    if not crashed:
        values["attempt"] = RecordingStep.attempt - 1
    _write(session, claim, values)


def waited_s(session: Session, claim: Claim) -> float:
    """Seconds since the step first found its engine away, without any progress in between; 0 if it has not."""
    waited = func.extract("epoch", func.now() - RecordingStep.waiting_since)
    return float(session.scalar(select(waited).where(RecordingStep.id == claim.step_id)) or 0.0)


def make_due(session: Session, recording_id: UUID, name: StepName) -> UUID | None:
    """Open the gate of a waiting step; its id, or None if it wasn't waiting."""
    return session.scalar(
        update(RecordingStep)
        .where(
            RecordingStep.recording_id == recording_id,
            RecordingStep.name == name,
            RecordingStep.status == StepStatus.WAITING,
        )
        .values(status=StepStatus.DUE, due_at=func.now())
        .returning(RecordingStep.id)
    )


def _end(session: Session, claim: Claim, status: StepStatus, **values: Any) -> None:
    _write(session, claim, {**values, "status": status, "finished_at": func.now(), "lease_until": None})


def _write(session: Session, claim: Claim, values: dict[str, Any]) -> float:
    """The step's progress then."""
    written = session.execute(
        update(RecordingStep)
        .where(
            RecordingStep.id == claim.step_id,
            RecordingStep.fence == claim.fence,
            RecordingStep.status == StepStatus.RUNNING,
        )
        .values(**values)
        .returning(RecordingStep.progress)
        .execution_options(synchronize_session=False)
    ).all()
    if not written:
        raise LeaseLost(claim.step_id)
    return float(written[0].progress)


def _in(seconds: float) -> Any:
    return func.now() + timedelta(seconds=seconds)
