"""Steps beside each other, and beside a database or an owner that takes away what they work on."""

from collections.abc import Callable
from dataclasses import replace
from threading import Barrier, Thread
from typing import Any

import pytest
from sqlalchemy import delete, select
from sqlalchemy.exc import OperationalError

from ai_conspects.core.db import Database
from ai_conspects.core.settings import WorkerSettings
from ai_conspects.engines.errors import EngineUnavailable
from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.models import NoteRelationship, ProcessingBatch, Queue, StepName, StepStatus, Tag
from ai_conspects.pipeline import runner
from ai_conspects.pipeline.plan import PLAN
from ai_conspects.tags import tagging
from tests.bench import Bench
from tests.builders import a_user
from tests.pipeline.test_runner import expire_lease, failing, make_due_now


def at_once(*calls: Callable[[], object]) -> list[Exception]:
    """Run them in threads of their own; what they raised."""
    raised: list[Exception] = []

    def noting(call: Callable[[], object]) -> None:
        try:
            call()
        except Exception as error:
            raised.append(error)

    threads = [Thread(target=noting, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


def test_two_recordings_that_share_tags_dont_wait_for_each_other(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        user_id = a_user(session)
    both = Barrier(2)

    def make(*names: str) -> Callable[[], None]:
        def run() -> None:
            with database.transaction(as_system="a test") as session:
                both.wait()
                tagging.make(session, user_id, names)

        return run

    first = [f"tag {n}" for n in range(200)]
    assert at_once(make(*first), make(*reversed(first))) == []
    with database.transaction(as_system="a test") as session:
        assert len(session.scalars(select(Tag)).all()) == len(first)


def test_two_recordings_mapped_at_once_still_find_each_other(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    with bench.database.transaction(as_system="a test") as session:
        user_id = a_user(session)
    for _ in range(2):
        bench.submit(user_id)
    for queue in (*[Queue.AUDIO] * 4, *[Queue.LLM] * 2, *[Queue.RESEARCH] * 2, *[Queue.LLM] * 2):
        assert bench.runner().run_next(queue)
    step, both = PLAN[StepName.RELATIONSHIP_MAPPING], Barrier(2)

    def run(*loaded: Any) -> Any:
        result = step.run(*loaded)
        both.wait()
        return result

    monkeypatch.setitem(PLAN, StepName.RELATIONSHIP_MAPPING, replace(step, run=run))
    mapping = bench.runner()
    assert at_once(*[lambda: mapping.run_next(Queue.EMBEDDINGS)] * 2) == []
    with bench.database.transaction(as_system="a test") as session:
        assert len(session.scalars(select(NoteRelationship)).all()) == 1


def test_a_worker_whose_lease_was_taken_lets_go_when_its_engine_fails(bench: Bench) -> None:
    (recording_id,) = bench.submit()
    bench.run_until(recording_id, StepName.TRANSCRIPTION)

    def before(_: Segment) -> None:
        bench.speech.before = lambda _: None
        expire_lease(bench)
        raise EngineUnavailable("speech", "It is away.")

    bench.speech.before = before
    bench.runner().run_next(Queue.AUDIO)
    step = bench.step(recording_id, StepName.TRANSCRIPTION)
    assert (step.status, step.waits, step.error_code) == (StepStatus.DUE, 0, None)
    bench.run_all()
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE


def test_a_batch_that_is_deleted_while_its_engine_waits_is_no_error(bench: Bench) -> None:
    (recording_id,) = bench.submit()
    bench.run_until(recording_id, StepName.TRANSCRIPTION)

    def before(_: Segment) -> None:
        with bench.database.transaction(as_system="a test") as session:
            session.execute(delete(ProcessingBatch))
        raise EngineUnavailable("speech", "It is away.")

    bench.speech.before = before
    assert bench.runner().run_next(Queue.AUDIO)


def test_a_database_that_goes_away_costs_no_attempt(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.settings.worker = WorkerSettings(max_attempts=1)
    (recording_id,) = bench.submit()
    step, left = PLAN[StepName.AUDIO_UPLOAD], [3]

    def save(*given: Any) -> Any:
        if left[0]:
            left[0] -= 1
            raise OperationalError("UPDATE", None, Exception("the server closed the connection"))
        return step.save(*given)

    monkeypatch.setitem(PLAN, StepName.AUDIO_UPLOAD, replace(step, save=save))
    for attempt in range(3):
        assert bench.runner().run_next(Queue.AUDIO)
        put_back = bench.step(recording_id, StepName.AUDIO_UPLOAD)
        assert (put_back.status, put_back.attempt, put_back.waits) == (StepStatus.DUE, 0, attempt + 1)
        make_due_now(bench)
    bench.run_all()
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE


def test_a_database_that_stays_away_leaves_the_step_to_the_sweeper(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    (recording_id,) = bench.submit()
    away = OperationalError("SELECT", None, Exception("connection refused"))
    bench.run_until(recording_id, StepName.TRANSCRIPTION)
    bench.speech.before = failing(0, away)

    def wait(*_: object) -> None:
        raise away

    monkeypatch.setattr(runner.Runner, "_wait", wait)
    bench.draining.clear()
    monkeypatch.setattr(runner, "DATABASE_POLL_S", 0.0)
    bench.settings.worker = WorkerSettings(lease_s=2)
    assert bench.runner().run_next(Queue.AUDIO)
    expire_lease(bench)
    bench.run_all()
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE


def test_work_done_again_is_no_progress_that_would_renew_patience(bench: Bench) -> None:
    bench.settings.speech.checkpoint_s = 5
    (recording_id,) = bench.submit()
    bench.run_until(recording_id, StepName.TRANSCRIPTION)
    bench.speech.before = failing(8, EngineUnavailable("speech", "It is away."), times=9)
    for waits in (1, 2, 3):  # the first try comes to a checkpoint; those after it go no further
        bench.runner().run_next(Queue.AUDIO)
        assert bench.step(recording_id, StepName.TRANSCRIPTION).waits == waits
        make_due_now(bench)


def test_a_crash_after_progress_is_the_first_one_there(bench: Bench) -> None:
    bench.settings.speech.checkpoint_s = 5
    bench.settings.worker = WorkerSettings(max_attempts=2)
    (recording_id,) = bench.submit()
    bench.run_until(recording_id, StepName.TRANSCRIPTION)
    bench.speech.before = failing(0, RuntimeError("it fell over"))
    bench.runner().run_next(Queue.AUDIO)
    assert bench.step(recording_id, StepName.TRANSCRIPTION).attempt == 1
    make_due_now(bench)
    bench.speech.before = failing(8, RuntimeError("it fell over"))
    bench.runner().run_next(Queue.AUDIO)  # past its checkpoint at 6 s
    step = bench.step(recording_id, StepName.TRANSCRIPTION)
    assert (step.status, step.attempt) == (StepStatus.DUE, 1)
