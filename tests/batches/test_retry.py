"""What failed is tried again, and nothing else: what succeeded is neither done nor paid for twice."""

from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.batches import retrying
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.models import Note, RecordingStep, StepName, StepStatus
from tests.accounts.devices import Device, register
from tests.batches.submits import batch, recording
from tests.bench import Bench
from tests.builders import a_user
from tests.pipeline.test_races import at_once
from tests.pipeline.test_runner import failing


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def failed_batch(bench: Bench, device: Device, at_s: float = 6) -> tuple[list[UUID], str]:
    """Two recordings, of which one fails in its transcription, after a checkpoint."""
    bench.settings.speech.checkpoint_s = 5
    recordings = bench.submit(device.user_id, recordings=2)
    bench.speech.before = failing(at_s, EngineRejected("speech", "It fell over.", code="speech_failed"))
    bench.run_all()
    return recordings, bench.batch_id(recordings[0])


def test_a_failed_recording_is_done_and_the_other_is_left_alone(
    client: TestClient, device: Device, bench: Bench
) -> None:
    recordings, batch_id = failed_batch(bench, device)
    url = f"/v1/batches/{batch_id}"
    status = client.get(f"{url}/status", headers=device.headers).json()
    assert status["status"] == "partial"
    done = {one: bench.step(one, StepName.TRANSCRIPTION).status for one in recordings}
    (failed,) = [one for one, state in done.items() if state == StepStatus.FAILED]
    (whole,) = [one for one in recordings if one != failed]
    before = {name: bench.step(whole, name).finished_at for name in StepName}
    bench.speech.since_s.clear()

    answer = client.post(f"{url}/retry", headers=device.headers)
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    assert answer.json()["progress"]["progress_percentage"] < 100
    assert answer.json() == client.get(f"{url}/status", headers=device.headers).json()
    bench.run_all()

    assert client.get(f"{url}/status", headers=device.headers).json()["status"] == "completed"
    assert bench.speech.since_s == [6.0]  # heard on from its checkpoint, and the other one not at all
    assert {name: bench.step(whole, name).finished_at for name in StepName} == before
    assert bench.step(failed, StepName.AUDIO_UPLOAD).fence == 1
    results = client.get(f"{url}/results", headers=device.headers).json()
    assert (results["processing_summary"]["notes_generated"], results["errors"]) == (2, [])


def test_two_retries_at_once_try_once(client: TestClient, device: Device, bench: Bench, parts: Parts) -> None:
    _, batch_id = failed_batch(bench, device)
    counts: list[int] = []

    def retry() -> None:
        with parts.database.transaction(as_system="a test") as session:
            counts.append(retrying.retry(session, device.user_id, batch_id))

    assert at_once(*[retry] * 5) == []
    assert sorted(counts) == [0, 0, 0, 0, 1]
    bench.run_all()
    with parts.database.transaction(as_system="a test") as session:
        notes = session.scalars(select(Note)).all()
        fences = session.scalars(select(RecordingStep.fence).where(RecordingStep.name == StepName.TRANSCRIPTION)).all()
    assert len(notes) == 2
    assert sorted(fences) == [1, 3]  # claimed, opened again, claimed


def test_where_nothing_failed_nothing_happens(client: TestClient, device: Device, bench: Bench) -> None:
    (one,) = bench.submit(device.user_id)
    url = f"/v1/batches/{bench.batch_id(one)}/retry"
    answer = client.post(url, headers=device.headers)
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    bench.run_all()
    answer = client.post(url, headers=device.headers)
    assert (answer.status_code, answer.json()["status"]) == (202, "completed")
    assert bench.step(one, StepName.TRANSCRIPTION).fence == 1


def test_what_fails_again_has_failed_again(client: TestClient, device: Device, bench: Bench) -> None:
    _, batch_id = failed_batch(bench, device, at_s=0)
    bench.speech.before = failing(0, EngineRejected("speech", "Still so.", code="speech_failed"), times=9)
    client.post(f"/v1/batches/{batch_id}/retry", headers=device.headers)
    bench.run_all()
    status = client.get(f"/v1/batches/{batch_id}/status", headers=device.headers).json()
    assert status["status"] == "partial"
    assert [one["error"]["message"] for one in status["recordings"] if one["error"]] == ["Still so."]


def test_anothers_batch_is_the_same_404_as_none(client: TestClient, device: Device, bench: Bench) -> None:
    _, batch_id = failed_batch(bench, device)
    other = register(client, "device-2")
    for name in (batch_id, "none"):
        answer = client.post(f"/v1/batches/{name}/retry", headers=other.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "batch_not_found")


def test_batches_are_listed_newest_first_in_pages(client: TestClient, device: Device, bench: Bench) -> None:
    for number in range(5):
        document = batch(recording(number, id=f"r{number}"), batch_id=f"b{number}")
        assert client.post("/v1/batches/submit", json=document, headers=device.headers).status_code == 200
    with bench.database.transaction(as_system="a test") as session:
        stranger = a_user(session)
    bench.submit(stranger)
    seen, cursor, pages = list[str](), None, 0
    while pages == 0 or cursor:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/batches", params=query, headers=device.headers).json()
        seen += [one["batch_id"] for one in page["items"]]
        cursor, pages = page["next_cursor"], pages + 1
    assert (seen, pages) == (["b4", "b3", "b2", "b1", "b0"], 3)


def test_a_listed_batch_says_how_it_stands(client: TestClient, device: Device, bench: Bench) -> None:
    _, batch_id = failed_batch(bench, device)
    (one,) = client.get("/v1/batches?status=partial", headers=device.headers).json()["items"]
    assert (one["batch_id"], one["recordings_processed"], one["total_recordings"]) == (batch_id, 1, 2)
    assert (one["progress_percentage"], one["finished_at"] is None) == (100, False)
    assert "It fell over." in one["error"]
    assert client.get("/v1/batches?status=completed", headers=device.headers).json()["items"] == []
    assert client.get("/v1/batches?status=x", headers=device.headers).status_code == 422
    assert client.get("/v1/batches?cursor=x", headers=device.headers).json()["code"] == "invalid_cursor"
