"""Runs steps: claim, load, run, save, next. Written once, for every step."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.accounts import budgets
from ai_conspects.accounts.budgets import BudgetSpent
from ai_conspects.batches.errors import BatchNotFound
from ai_conspects.batches.service import RUN_STEP, advance, refresh_batch
from ai_conspects.core import failpoints, metrics, tracing
from ai_conspects.core.db import Database
from ai_conspects.core.errors import DomainError
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.core.logging import places
from ai_conspects.core.settings import Settings
from ai_conspects.engines.errors import EngineError, EngineUnavailable
from ai_conspects.engines.registry import Engines
from ai_conspects.models import STEP_QUEUES, Queue, RecordingStep, StepStatus
from ai_conspects.pipeline import claims
from ai_conspects.pipeline.claims import Claim, LeaseLost
from ai_conspects.pipeline.heartbeat import Heartbeat
from ai_conspects.pipeline.plan import FIRST, PLAN, after
from ai_conspects.pipeline.step import AnyStep, Draining, Hands
from ai_conspects.pipeline.telling import tell_step
from ai_conspects.pipeline.waiting import DATABASE_AWAY, wait_s

log = structlog.get_logger()

DATABASE_POLL_S = 1.0
BUDGET_LOOK_S = 900.0
"""A budget may have been raised, or what was reserved may not have been used."""
TELL_EVERY_S = 1.0
"""So often at most is progress written, between checkpoints."""


@dataclass(frozen=True)
class Runner:
    """One worker process's way to run steps. `draining` says whether the worker was asked to stop."""

    database: Database
    engines: Engines
    settings: Settings
    worker: str
    draining: Callable[[], bool]

    def run_next(self, queue: Queue) -> Claim | None:
        """Do the step whose turn it is on this queue; None where nothing is due or the worker is stopping."""
        if self.draining():
            return None
        lease_s = self.settings.worker.lease_s
        with self.database.transaction(as_system="claim a step") as session:
            claim = claims.take(session, queue, worker=self.worker, lease_s=lease_s)
            if claim is not None:
                tell_step(session, claim.names, claim.name, StepStatus.RUNNING)
            if claim is not None and claim.name == FIRST:  # a recording begins: its batch is being processed
                refresh_batch(session, claim.batch_id)
        if claim is None:
            return None
        failpoints.reached(f"{claim.name}.claimed", claim.recording_id)
        bound = structlog.contextvars.bound_contextvars(recording_id=str(claim.recording_id), step=claim.name)
        with bound, tracing.step(claim.name, claim.step_id, claim.recording_id):
            self._run(claim)
        return claim

    def _run(self, claim: Claim) -> None:
        try:
            self._try(claim)
        except (LeaseLost, BatchNotFound):  # somebody else has it, or its owner has deleted it
            log.warning("step.lease_lost", attempt=claim.attempt)
        except DATABASE_AWAY as error:  # the lease will end, and the sweeper frees the step
            log.warning("step.left", attempt=claim.attempt, error=type(error).__name__)

    def _try(self, claim: Claim) -> None:
        """Do the step, and write what becomes of it. Raises `LeaseLost`, `BatchNotFound` and `DATABASE_AWAY`."""
        try:
            with self._heartbeat(claim) as heartbeat:
                work_s = self._work(PLAN[claim.name], claim, heartbeat)
            log.info("step.done", attempt=claim.attempt, work_s=round(work_s, 3))
        except (LeaseLost, BatchNotFound):
            raise
        except Draining:
            self._put_back(claim)
            log.info("step.released")
        except EngineUnavailable as error:
            self._wait(claim, error)
        except BudgetSpent as error:
            self._wait_for_tomorrow(claim, error)
        except DATABASE_AWAY as error:
            self._wait_for_database(claim, error)
        except (EngineError, DomainError) as error:
            self._fail(claim, error.code, str(error))
        except Exception as error:
            log.error("step.crashed", attempt=claim.attempt, error=type(error).__name__, where=places(error))
            self._crashed(claim)

    def _heartbeat(self, claim: Claim) -> Heartbeat:
        lease_s = self.settings.worker.lease_s
        renew = partial(claims.renew, claim=claim, lease_s=lease_s)
        transaction = partial(self.database.transaction, as_user=claim.user_id)
        return Heartbeat(transaction, renew, lease_s, str(claim.step_id))

    def _work(self, step: AnyStep, claim: Claim, heartbeat: Heartbeat) -> float:
        """The three functions of a step; the seconds spent inside engines."""
        began = time.perf_counter()
        with self.database.transaction(as_user=claim.user_id) as session:
            loaded = step.load(session, claim)
        hands = self._hands(claim, heartbeat)
        result = step.run(loaded, hands)
        with self.database.transaction(as_user=claim.user_id) as session:
            claims.renew(
                session, claim, lease_s=self.settings.worker.lease_s
            )  # locks the row: the fence holds from here
            outcome = step.save(session, claim, loaded, result)
            output = None if outcome.output is None else outcome.output.model_dump(mode="json")
            claims.finish(
                session, claim, output=output, engine=outcome.engine, notice=outcome.notice, work_s=hands.work_s
            )
            tell_step(session, claim.names, claim.name, StepStatus.DONE, progress=1.0, outcome=outcome)
            _open_next(session, claim)
            refresh_batch(session, claim.batch_id)
            failpoints.reached(f"{claim.name}.before_commit", claim.recording_id)
        failpoints.reached(f"{claim.name}.after_commit", claim.recording_id)
        took_s = time.perf_counter() - began
        metrics.STEP_TIME.labels(step=claim.name, engine=outcome.engine or "none").observe(took_s)
        return hands.work_s

    def _hands(self, claim: Claim, heartbeat: Heartbeat) -> Hands:
        def checkpoint(share: float, write: Callable[[Session], None] | None) -> None:
            with self.database.transaction(as_user=claim.user_id) as session:
                furthest = claims.renew(session, claim, lease_s=self.settings.worker.lease_s, progress=share)
                if write is not None:
                    write(session)
                tell_step(session, claim.names, claim.name, StepStatus.RUNNING, progress=furthest)
                advance(session, claim.batch_id)
            failpoints.reached(f"{claim.name}.checkpoint", claim.recording_id)
            self._raise_if_stopped(heartbeat)

        told_at = time.monotonic()

        def report(share: float, write: Callable[[Session], None] | None = None) -> None:
            nonlocal told_at
            if time.monotonic() - told_at >= TELL_EVERY_S:
                told_at = time.monotonic()
                checkpoint(share, write)
            self._raise_if_stopped(heartbeat)

        def waited_s() -> float:
            with self.database.transaction(as_user=claim.user_id) as session:
                return claims.waited_s(session, claim)

        tokens = budgets.metered(budgets.tokens(self.database, claim.user_id, self.settings.limits))
        hearing = budgets.hearing(self.database, claim.user_id, self.settings.limits)
        return Hands(self.engines, self.settings, checkpoint, report, waited_s, tokens, hearing)

    def _raise_if_stopped(self, heartbeat: Heartbeat) -> None:
        if heartbeat.lost.is_set():
            raise LeaseLost
        if self.draining():
            raise Draining

    def _put_back(self, claim: Claim) -> None:
        with self.database.transaction(as_user=claim.user_id) as session:
            claims.put_back(session, claim)
            tell_step(session, claim.names, claim.name, StepStatus.DUE)
            enqueue(session, Job(RUN_STEP, claim.queue, claim.step_id))

    def _wait(self, claim: Claim, error: EngineUnavailable) -> None:
        """An engine is away: come back later without holding a worker, until patience ends."""
        with self.database.transaction(as_user=claim.user_id) as session:
            step = session.get(RecordingStep, claim.step_id)
            if step is None:
                raise LeaseLost(claim.step_id)
            after_s = wait_s(step.waits, error.retry_after)
            waited_s = claims.waited_s(session, claim)
            if waited_s + after_s > self.settings.worker.patience_s:
                _fail(session, claim, error.code, f"{error} Given up after waiting for {waited_s:.0f} s.")
            else:
                claims.put_back(session, claim, after_s=after_s, waited=True, code=error.code, message=str(error))
                tell_step(session, claim.names, claim.name, StepStatus.DUE, error=(error.code, str(error)))
                refresh_batch(session, claim.batch_id)
        metrics.STEP_RETRIES.labels(step=claim.name, code=error.code).inc()
        tracing.failed(error.code)
        log.warning("step.waits", engine=error.engine, after_s=round(after_s, 1), error=str(error))

    def _wait_for_tomorrow(self, claim: Claim, spent: BudgetSpent) -> None:
        """However long it is, it ends: no patience is used up. It is looked now and then whether there is more."""
        after_s = min(spent.retry_after or BUDGET_LOOK_S, BUDGET_LOOK_S)
        with self.database.transaction(as_user=claim.user_id) as session:
            claims.put_back(session, claim, after_s=after_s, code=spent.code, message=spent.detail)
            tell_step(session, claim.names, claim.name, StepStatus.DUE, error=(spent.code, spent.detail))
            refresh_batch(session, claim.batch_id)
        log.info("step.waits_for_budget", after_s=round(after_s, 1))

    def _wait_for_database(self, claim: Claim, error: Exception) -> None:
        """Put the step back as soon as the database answers: at once after a deadlock. Until then the lease runs."""
        away = EngineUnavailable("database", f"The database did not answer ({type(error).__name__}).")
        until = time.monotonic() + self.settings.worker.lease_s
        while True:
            try:
                return self._wait(claim, away)
            except DATABASE_AWAY:
                if self.draining() or time.monotonic() > until:
                    raise
                time.sleep(DATABASE_POLL_S)

    def _crashed(self, claim: Claim) -> None:
        message = "An unexpected error stopped this step; the server's log has it under this recording's id."
        with self.database.transaction(as_user=claim.user_id) as session:
            attempt = session.scalar(select(RecordingStep.attempt).where(RecordingStep.id == claim.step_id)) or 0
            if attempt >= self.settings.worker.max_attempts:
                _fail(session, claim, "internal_error", message)
            else:
                claims.put_back(
                    session,
                    claim,
                    after_s=wait_s(attempt, None),
                    crashed=True,
                    code="internal_error",
                    message=message,
                )
                metrics.STEP_RETRIES.labels(step=claim.name, code="internal_error").inc()
                tell_step(session, claim.names, claim.name, StepStatus.DUE, error=("internal_error", message))

    def _fail(self, claim: Claim, code: str, message: str) -> None:
        log.warning("step.failed", code=code, error=message)
        with self.database.transaction(as_user=claim.user_id) as session:
            _fail(session, claim, code, message)


def _fail(session: Session, claim: Claim, code: str, message: str) -> None:
    metrics.STEP_FAILURES.labels(step=claim.name, code=code).inc()
    tracing.failed(code)
    claims.fail(session, claim, code=code, message=message)
    tell_step(session, claim.names, claim.name, StepStatus.FAILED, error=(code, message))
    refresh_batch(session, claim.batch_id)


def _open_next(session: Session, claim: Claim) -> None:
    following = after(claim.name)
    if following is None:
        return
    step_id = claims.make_due(session, claim.recording_id, following)
    if step_id is not None:
        enqueue(session, Job(RUN_STEP, STEP_QUEUES[following], step_id))
