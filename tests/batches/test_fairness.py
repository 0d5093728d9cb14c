"""Users take turns, whoever has more waiting."""

from datetime import timedelta
from uuid import UUID

import psycopg
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session

from ai_conspects.batches.fairness import claimable, due_in_fair_order
from ai_conspects.core.db import Database
from ai_conspects.models import RecordingStep
from ai_conspects.models.recording_step import Queue, StepStatus
from tests.batches.rows import add_batch, add_user


def claim(session: Session) -> RecordingStep | None:
    """What a worker does first, without the rest."""
    step = session.scalars(claimable(Queue.AUDIO)).one_or_none()
    if step is not None:
        step.status = StepStatus.RUNNING
        step.started_at = session.scalar(select(func.clock_timestamp()))
        step.lease_until = session.scalar(select(func.clock_timestamp() + timedelta(minutes=1)))
        session.flush()
    return step


def served(database: Database, times: int, *, at_a_time: int) -> list[UUID]:
    """The users of the next steps, with so many workers."""
    users: list[UUID] = []
    running: list[UUID] = []
    for _ in range(times):
        with database.transaction(as_system="a test") as session:
            if len(running) == at_a_time:
                session.get_one(RecordingStep, running.pop(0)).status = StepStatus.DONE
            step = claim(session)
            assert step is not None
            users.append(step.user_id)
            running.append(step.id)
    return users


def test_one_recording_behind_a_thousand_of_another_user_is_next_with_one_worker(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        a, b = add_user(session), add_user(session)
        add_batch(session, a, 1000)
    served(database, 3, at_a_time=1)
    with database.transaction(as_system="a test") as session:
        add_batch(session, b, 1)
    assert b in served(database, 2, at_a_time=1)


def test_two_users_take_turns_with_two_workers(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        a, b = add_user(session), add_user(session)
        add_batch(session, a, 20)
        add_batch(session, b, 20)
    users = served(database, 10, at_a_time=2)
    assert users.count(a) == users.count(b) == 5


def test_the_told_order_is_the_order_in_which_steps_are_served(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        for recordings in (7, 2, 12):
            add_batch(session, add_user(session), recordings)
        told = list(session.scalars(due_in_fair_order(Queue.AUDIO, per_user=None)))
    with database.transaction(as_system="a test") as session:
        got = []
        while step := claim(session):
            got.append(step.id)
            step.status = StepStatus.DONE
    assert len(told) == len(got) == 21
    assert told == got


def test_a_step_that_is_not_due_yet_is_not_served(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        add_batch(session, add_user(session), late_s=3600)
        assert claim(session) is None


def test_steps_that_others_hold_are_passed_over(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        add_batch(session, add_user(session), 3)
    with database.transaction(as_system="a test") as first, database.transaction(as_system="a test") as second:
        one, two = claim(first), claim(second)
        assert one is not None
        assert two is not None
        assert one.id != two.id


def test_a_claim_reads_a_few_index_entries_however_long_the_queue_is(database: Database, database_url: str) -> None:
    with database.transaction(as_system="a test") as session:
        users = [add_user(session) for _ in range(5)]
        for _ in range(100):
            for user in users:
                add_batch(session, user, 10)
    with psycopg.connect(database_url, autocommit=True) as owner:
        owner.execute("ANALYZE recording_steps")
    with database.transaction(as_system="a test") as session:
        statement = claimable(Queue.AUDIO).compile(session.connection(), compile_kwargs={"literal_binds": True})
        plan = "\n".join(session.scalars(text(f"EXPLAIN (ANALYZE, BUFFERS) {statement}")))
    assert "Seq Scan on recording_steps" not in plan, plan
    assert "ix_recording_steps_due" in plan, plan
