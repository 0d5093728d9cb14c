"""Claim, lease, fence and attempt, on the real database."""

import threading
from collections.abc import Callable
from uuid import UUID

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database
from ai_conspects.models import Queue, RecordingStep, StepName, StepStatus
from ai_conspects.pipeline import claims
from ai_conspects.pipeline.claims import Claim, LeaseLost
from tests.builders import a_batch, a_user


def submitted(database: Database, recordings: int = 1) -> list[UUID]:
    with database.transaction(as_system="a test") as session:
        return a_batch(session, a_user(session), recordings=recordings)


def taken(database: Database, worker: str = "w", lease_s: float = 60) -> Claim | None:
    with database.transaction(as_system="a test") as session:
        return claims.take(session, Queue.AUDIO, worker=worker, lease_s=lease_s)


def step(database: Database, step_id: UUID) -> RecordingStep:
    with database.transaction(as_system="a test") as session:
        return session.get_one(RecordingStep, step_id)


def test_a_due_step_is_claimed_once(database: Database) -> None:
    submitted(database)
    first = taken(database)
    assert first is not None
    assert (first.name, first.attempt, first.fence) == (StepName.AUDIO_UPLOAD, 1, 1)
    assert taken(database) is None


def test_two_workers_at_once_never_hold_the_same_step(database: Database) -> None:
    submitted(database, recordings=10)
    got: list[Claim] = []
    start = threading.Barrier(4)

    def work() -> None:
        start.wait()
        while (claim := taken(database)) is not None:
            got.append(claim)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == len({claim.step_id for claim in got}) == 10


def test_a_stale_workers_write_changes_no_row(database: Database) -> None:
    submitted(database)
    stale = taken(database, "slow", lease_s=2)
    assert stale is not None
    with database.transaction(as_system="a test") as session:  # the lease ends, and another worker takes the step
        session.execute(update(RecordingStep).where(RecordingStep.id == stale.step_id).values(status=StepStatus.DUE))
    fresh = taken(database, "quick")
    assert fresh is not None
    assert fresh.fence == stale.fence + 1
    writes: list[Callable[[Session], object]] = [
        lambda s: claims.finish(s, stale, output=None, engine="stale", notice=None, work_s=1),
        lambda s: claims.fail(s, stale, code="x", message="x"),
        lambda s: claims.renew(s, stale, lease_s=60),
        lambda s: claims.put_back(s, stale),
    ]
    for write in writes:
        with pytest.raises(LeaseLost), database.transaction(as_system="a test") as session:
            write(session)
    now = step(database, stale.step_id)
    assert (now.status, now.worker, now.engine) == (StepStatus.RUNNING, "quick", None)


def test_an_attempt_is_given_back_when_the_worker_lets_go_or_an_engine_is_away(database: Database) -> None:
    submitted(database)
    claim = taken(database)
    assert claim is not None
    with database.transaction(as_system="a test") as session:
        claims.put_back(session, claim, waited=True, code="engine_unavailable", message="busy")
    waiting = step(database, claim.step_id)
    assert (waiting.attempt, waiting.waits, waiting.status) == (0, 1, StepStatus.DUE)


def test_an_attempt_that_crashed_counts(database: Database) -> None:
    submitted(database)
    claim = taken(database)
    assert claim is not None
    with database.transaction(as_system="a test") as session:
        claims.put_back(session, claim, crashed=True, code="internal_error", message="crashed")
    assert step(database, claim.step_id).attempt == 1


def test_a_step_put_off_is_not_claimed_before_its_time(database: Database) -> None:
    submitted(database)
    claim = taken(database)
    assert claim is not None
    with database.transaction(as_system="a test") as session:
        claims.put_back(session, claim, after_s=3600)
    assert taken(database) is None


def test_progress_never_goes_back(database: Database) -> None:
    submitted(database)
    claim = taken(database)
    assert claim is not None
    for share in (0.5, 0.2):
        with database.transaction(as_system="a test") as session:
            claims.renew(session, claim, lease_s=60, progress=share)
    assert step(database, claim.step_id).progress == 0.5


@pytest.mark.parametrize(("reached", "attempt"), [(0.3, 2), (0.45, 2), (0.5, 1)])
def test_crashes_are_forgotten_only_where_a_claim_got_a_good_part_further(
    database: Database, reached: float, attempt: int
) -> None:
    submitted(database)
    first = taken(database)
    assert first is not None
    with database.transaction(as_system="a test") as session:
        claims.renew(session, first, lease_s=60, progress=0.25)
        claims.put_back(session, first, crashed=True, code="internal_error", message="crashed")
    second = taken(database)
    assert second is not None
    with database.transaction(as_system="a test") as session:
        claims.renew(session, second, lease_s=60, progress=reached)
    assert step(database, second.step_id).attempt == attempt


def test_only_a_waiting_step_becomes_due(database: Database) -> None:
    (recording_id,) = submitted(database)
    with database.transaction(as_system="a test") as session:
        assert claims.make_due(session, recording_id, StepName.TRANSCRIPTION) is not None
        assert claims.make_due(session, recording_id, StepName.TRANSCRIPTION) is None
    with database.transaction(as_system="a test") as session:
        due = session.scalars(select(RecordingStep.name).where(RecordingStep.status == StepStatus.DUE)).all()
    assert set(due) == {StepName.AUDIO_UPLOAD, StepName.TRANSCRIPTION}
