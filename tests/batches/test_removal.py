"""A batch that is removed is gone, whoever is at work on it: rows, audio, and what a worker still holds of it."""

from collections.abc import Callable
from dataclasses import replace
from threading import Event
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.batches import removal
from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.models import STEP_QUEUES, Base, Note, Queue, StepName, Tag, User
from ai_conspects.pipeline import note_generation
from ai_conspects.pipeline.plan import PLAN
from tests.accounts.devices import Device, register
from tests.batches.submits import NOTHING, batch, left_behind, recording
from tests.bench import Bench
from tests.pipeline.test_races import at_once


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def delete(client: TestClient, device: Device, batch_id: str, **query: Any) -> int:
    return client.delete(f"/v1/batches/{batch_id}", params=query, headers=device.headers).status_code


def notes(parts: Parts) -> int:
    with parts.database.transaction(as_system="a test") as session:
        return session.scalar(select(func.count()).select_from(Note)) or 0


def test_a_removed_batch_leaves_nothing_but_its_notes(
    client: TestClient, device: Device, bench: Bench, parts: Parts
) -> None:
    (one,) = bench.submit(device.user_id)
    batch_id = bench.batch_id(one)
    bench.run_all()
    assert delete(client, device, batch_id) == 204
    assert left_behind(parts) == NOTHING
    assert notes(parts) == 1
    for url in (f"/v1/batches/{batch_id}/status", f"/v1/batches/{batch_id}/results"):
        assert client.get(url, headers=device.headers).status_code == 404
    assert delete(client, device, batch_id) == 404


def test_and_not_even_those_where_they_are_to_go_too(
    client: TestClient, device: Device, bench: Bench, parts: Parts
) -> None:
    (one,) = bench.submit(device.user_id)
    batch_id = bench.batch_id(one)
    bench.run_all()
    assert delete(client, device, batch_id, with_notes=True) == 204
    with parts.database.transaction(as_system="a test") as session:
        filled = [
            table.name
            for table in Base.metadata.sorted_tables
            if session.scalar(select(func.count()).select_from(table))
        ]
    accounts = {User.__tablename__, "device_credentials", "auth_sessions", "refresh_tokens", "day_usage"}
    assert set(filled) <= {*accounts, Tag.__tablename__}
    assert left_behind(parts) == NOTHING


@pytest.mark.parametrize("step", list(StepName))
def test_a_worker_in_the_middle_of_any_step_brings_nothing_back(
    client: TestClient, device: Device, bench: Bench, parts: Parts, monkeypatch: pytest.MonkeyPatch, step: StepName
) -> None:
    (one,) = bench.submit(device.user_id)
    batch_id = bench.batch_id(one)
    for before in StepName:
        if before == step:
            break
        assert bench.runner().run_next(STEP_QUEUES[before])
    _between_run_and_save(monkeypatch, step, lambda: delete(client, device, batch_id, with_notes=True))
    assert bench.runner().run_next(STEP_QUEUES[step])
    bench.run_all()
    assert left_behind(parts) == NOTHING
    assert notes(parts) == 0


def test_a_worker_at_a_checkpoint_stops(client: TestClient, device: Device, bench: Bench, parts: Parts) -> None:
    bench.settings.speech.checkpoint_s = 5
    (one,) = bench.submit(device.user_id)
    batch_id = bench.batch_id(one)
    bench.run_until(one, StepName.TRANSCRIPTION)
    heard: list[Segment] = []

    def before(segment: Segment) -> None:
        heard.append(segment)
        if len(heard) == 2:
            assert delete(client, device, batch_id) == 204

    bench.speech.before = before
    assert bench.runner().run_next(Queue.AUDIO)
    assert len(heard) == 3  # up to the checkpoint, and no further
    assert left_behind(parts) == NOTHING


def test_a_removal_waits_for_a_worker_that_is_just_writing(
    client: TestClient, device: Device, bench: Bench, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = bench.submit(device.user_id)
    batch_id = bench.batch_id(one)
    bench.run_until(one, StepName.NOTE_GENERATION)
    writing, asked = Event(), Event()

    def save(*given: Any) -> Any:
        writing.set()
        assert asked.wait(20)
        return note_generation.save(*given)

    monkeypatch.setitem(PLAN, StepName.NOTE_GENERATION, replace(PLAN[StepName.NOTE_GENERATION], save=save))

    def remove() -> None:
        assert writing.wait(20)
        asked.set()
        assert delete(client, device, batch_id, with_notes=True) == 204

    assert at_once(lambda: bench.runner().run_next(Queue.LLM), remove) == []
    assert left_behind(parts) == NOTHING
    assert notes(parts) == 0


def test_of_many_removals_at_once_one_finds_it(client: TestClient, device: Device, bench: Bench, parts: Parts) -> None:
    recordings = bench.submit(device.user_id, recordings=3)
    batch_id = bench.batch_id(recordings[0])
    statuses: list[int] = []
    assert at_once(*[lambda: statuses.append(delete(client, device, batch_id))] * 6) == []
    assert sorted(statuses) == [204, 404, 404, 404, 404, 404]
    assert left_behind(parts) == NOTHING


def test_a_removal_beside_workers_and_retries_never_waits_in_a_circle(
    client: TestClient, device: Device, bench: Bench, parts: Parts
) -> None:
    for _ in range(4):
        recordings = bench.submit(device.user_id, recordings=4)
        assert at_once(*_everything(client, device, bench, bench.batch_id(recordings[0]))) == []
        bench.run_all()
        assert left_behind(parts) == NOTHING


def _everything(client: TestClient, device: Device, bench: Bench, batch_id: str) -> list[Callable[[], object]]:
    runner = bench.runner()

    def work() -> None:
        for _ in range(4):
            runner.run_next(Queue.AUDIO)

    def retry() -> None:
        client.post(f"/v1/batches/{batch_id}/retry", headers=device.headers)

    return [work, work, retry, lambda: delete(client, device, batch_id)]


def test_the_same_id_can_be_sent_again_also_at_the_same_moment(
    client: TestClient, device: Device, parts: Parts
) -> None:
    document, answers = batch(recording(1)), list[int]()

    def submit() -> None:
        answers.append(client.post("/v1/batches/submit", json=document, headers=device.headers).status_code)

    def remove() -> None:
        answers.append(delete(client, device, document["batch_id"]))

    one = {"batches": 1, "recordings": 1, "steps": 6, "objects": 1}
    for _ in range(6):
        submit()
        assert at_once(remove, submit) == []
        assert sorted(answers) == [200, 200, 204]
        assert left_behind(parts) in (NOTHING, one)  # whichever came last
        answers.clear()
    submit()
    assert left_behind(parts) == one


def test_a_store_that_is_away_leaves_the_audio_to_the_sweeper(
    client: TestClient, device: Device, bench: Bench, parts: Parts
) -> None:
    (one,) = bench.submit(device.user_id)
    with parts.database.transaction(as_system="a test") as session:
        removed = removal.remove_batch(session, device.user_id, bench.batch_id(one), with_notes=False)
    assert left_behind(parts) == NOTHING | {"objects": 1}  # no row has it: an orphan
    removal.remove_audio(parts.store, removed)
    assert left_behind(parts) == NOTHING


def test_anothers_batch_is_the_same_404_as_none_and_stays(
    client: TestClient, device: Device, bench: Bench, parts: Parts
) -> None:
    (one,) = bench.submit(device.user_id)
    other = register(client, "device-2")
    assert delete(client, other, bench.batch_id(one)) == delete(client, other, "none") == 404
    assert left_behind(parts)["batches"] == 1


def _between_run_and_save(monkeypatch: pytest.MonkeyPatch, step: StepName, act: Callable[[], object]) -> None:
    whole = PLAN[step]

    def run(*given: Any) -> Any:
        made = whole.run(*given)
        act()
        return made

    monkeypatch.setitem(PLAN, step, replace(whole, run=run))
