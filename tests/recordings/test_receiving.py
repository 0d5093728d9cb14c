"""One recording as the body of a request, raw or in a form: kept once, in a batch of its own, or not at all."""

import asyncio
import tracemalloc
from collections.abc import AsyncIterator
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.errors import Unprocessable
from ai_conspects.core.settings import LimitSettings
from ai_conspects.engines.errors import EngineUnavailable
from ai_conspects.models import StepName, StepStatus
from ai_conspects.recordings.receiving import stage
from ai_conspects.uploads.errors import UploadTooLarge
from tests.accounts.devices import Device, register
from tests.audio import tone
from tests.batches.submits import NOTHING, left_behind
from tests.bench import Bench
from tests.pipeline.test_races import at_once
from tests.pipeline.test_runner import failing

ONE = {"batches": 1, "recordings": 1, "steps": 6, "objects": 1}
AUDIO = tone(10.0)


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def post(client: TestClient, device: Device, body: bytes = AUDIO, **query: Any) -> Any:
    headers = device.headers | {"Content-Type": "audio/wav"}
    return client.post("/v1/recordings", content=body, params=query, headers=headers)


def post_form(client: TestClient, device: Device, body: bytes = AUDIO, **fields: Any) -> Any:
    return client.post(
        "/v1/recordings", files={"file": ("лекция.wav", body, "audio/wav")}, data=fields, headers=device.headers
    )


def test_a_raw_body_becomes_a_recording_in_a_batch_of_its_own_and_notes(
    client: TestClient, device: Device, bench: Bench, parts: Parts
) -> None:
    answer = post(client, device, id="r", filename="a.wav", language="ru", max_notes_per_recording=1, place="train")
    assert (answer.status_code, answer.headers["Location"]) == (201, "/v1/recordings/r")
    told = answer.json()
    assert (told["id"], told["batch_id"], told["filename"], told["status"]) == ("r", "r", "a.wav", "pending")
    assert told["file_size"] == len(AUDIO)
    assert left_behind(parts) == ONE
    bench.run_all()
    assert (
        client.get("/v1/batches/r/results", headers=device.headers).json()["processing_summary"]["notes_generated"] == 1
    )
    assert client.get("/v1/recordings/r/audio", headers=device.headers).content == AUDIO


def test_a_form_brings_the_same(client: TestClient, device: Device, parts: Parts) -> None:
    answer = post_form(client, device, id="r", batch_id="b", created_at="2026-01-02T03:04:05Z", duration="9.5")
    assert answer.status_code == 201, answer.text
    told = answer.json()
    assert (told["id"], told["batch_id"], told["filename"], told["duration"]) == ("r", "b", "лекция.wav", 9.5)
    assert told["created_at"] == "2026-01-02T03:04:05Z"
    assert left_behind(parts) == ONE


def test_without_an_id_it_is_given_one(client: TestClient, device: Device) -> None:
    first, second = post(client, device).json(), post(client, device).json()
    assert first["id"] != second["id"]


def test_the_same_again_is_the_same_and_another_under_its_id_is_refused(
    client: TestClient, device: Device, parts: Parts
) -> None:
    assert post(client, device, id="r").status_code == 201
    again = post_form(client, device, id="r")
    assert (again.status_code, again.json()["id"]) == (200, "r")
    other = post(client, device, tone(5.0), id="r")
    assert (other.status_code, other.json()["code"]) == (409, "recording_exists")
    taken = post(client, device, id="r2", batch_id="r")
    assert (taken.status_code, taken.json()["code"]) == (409, "batch_exists")
    assert left_behind(parts) == ONE


def test_the_same_many_times_at_once_is_one(client: TestClient, device: Device, parts: Parts) -> None:
    statuses: list[int] = []
    assert at_once(*[lambda: statuses.append(post(client, device, id="r").status_code)] * 6) == []
    assert sorted(statuses) == [200] * 5 + [201]
    assert left_behind(parts) == ONE


@pytest.mark.parametrize(
    "query",
    [
        {"id": "a b"}, {"id": ""}, {"duration": "-1"}, {"duration": "1e9"}, {"created_at": "yesterday"},
        {"language": "??"}, {"filename": "a\nb"}, {"max_notes_per_recording": "0"}, {"batch_id": "x" * 129},
    ],
)  # fmt: skip
def test_what_makes_no_sense_leaves_nothing(
    client: TestClient, device: Device, parts: Parts, query: dict[str, Any]
) -> None:
    for answer in (post(client, device, **query), post_form(client, device, **query)):
        assert (answer.status_code, answer.json()["code"]) == (422, "validation_error")
    assert left_behind(parts) == NOTHING


def test_an_empty_body_and_a_broken_form_leave_nothing(client: TestClient, device: Device, parts: Parts) -> None:
    assert post(client, device, b"").status_code == 422
    assert post_form(client, device, b"").status_code == 422
    broken = device.headers | {"Content-Type": "multipart/form-data; boundary=x"}
    cut = b'--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n' + AUDIO
    answer = client.post("/v1/recordings", content=cut, headers=broken)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_form")
    assert left_behind(parts) == NOTHING


def test_one_that_is_too_large_leaves_nothing(client: TestClient, device: Device, parts: Parts) -> None:
    parts.settings.limits = LimitSettings(max_recording_mb=1)
    too_much = bytes((1 << 20) + 1)
    answers = [
        post(client, device, too_much),
        post_form(client, device, too_much),
        post(client, device, bytes(3 << 20)),
    ]
    for answer in answers:
        assert (answer.status_code, answer.json()["code"]) == (413, "recording_too_large")
    assert left_behind(parts) == NOTHING


def test_nobody_sends_without_a_token(client: TestClient, parts: Parts) -> None:
    assert client.post("/v1/recordings", content=AUDIO).status_code == 401
    assert left_behind(parts) == NOTHING


def test_memory_stays_flat_however_much_comes(parts: Parts) -> None:
    piece = bytes(1 << 16)

    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(800):  # 50 MiB
            yield piece

    tracemalloc.start()
    try:
        staged = asyncio.run(stage(parts.store, uuid4(), pieces(), 1_024))
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert staged.size_bytes == 800 << 16
    assert peak < 16 << 20


def test_a_client_that_leaves_in_the_middle_leaves_nothing(parts: Parts) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield AUDIO
        raise Unprocessable("The client has gone.")

    with pytest.raises(Unprocessable):
        asyncio.run(stage(parts.store, uuid4(), pieces(), 1_024))
    with pytest.raises(UploadTooLarge):
        asyncio.run(stage(parts.store, uuid4(), _endless(), 1))
    assert left_behind(parts) == NOTHING


async def _endless() -> AsyncIterator[bytes]:
    while True:
        yield AUDIO


def test_recordings_are_listed_the_last_recorded_first_in_pages(client: TestClient, device: Device) -> None:
    for day in (3, 1, 5, 2, 4):
        named = {"id": f"r{day}", "batch_id": f"b{day}", "created_at": f"2026-01-0{day}T00:00:00Z"}
        assert post(client, device, tone(day / 10), **named).status_code == 201
    post(client, register(client, "device-2"), id="theirs")
    seen, cursor = list[str](), None
    while not seen or cursor:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get("/v1/recordings", params=query, headers=device.headers).json()
        seen += [one["id"] for one in page["items"]]
        cursor = page["next_cursor"]
    assert seen == ["r5", "r4", "r3", "r2", "r1"]
    (one,) = client.get("/v1/recordings?batch_id=b3", headers=device.headers).json()["items"]
    assert (one["id"], one["batch_id"], one["status"], one["has_audio"]) == ("r3", "b3", "pending", True)
    assert client.get("/v1/recordings?status=completed", headers=device.headers).json()["items"] == []
    assert client.get("/v1/recordings?cursor=x", headers=device.headers).json()["code"] == "invalid_cursor"


def test_a_removed_recording_is_gone_and_the_batch_goes_on_without_it(
    client: TestClient, device: Device, bench: Bench, parts: Parts
) -> None:
    first, second = (str(one) for one in bench.submit(device.user_id, recordings=2))
    batch_id = client.get(f"/v1/recordings/{first}", headers=device.headers).json()["batch_id"]
    assert client.delete(f"/v1/recordings/{first}", headers=device.headers).status_code == 204
    assert left_behind(parts) == ONE
    for url in ("", "/transcript", "/audio"):
        assert client.get(f"/v1/recordings/{first}{url}", headers=device.headers).status_code == 404
    bench.run_all()
    status = client.get(f"/v1/batches/{batch_id}/status", headers=device.headers).json()
    assert (status["status"], status["total_recordings"]) == ("completed", 1)
    assert client.delete(f"/v1/recordings/{second}", headers=device.headers).status_code == 204
    assert left_behind(parts) == NOTHING  # and the batch with its last one
    assert client.get(f"/v1/batches/{batch_id}/status", headers=device.headers).status_code == 404


def test_a_batch_that_waited_for_nothing_but_the_removed_recording_is_finished(
    client: TestClient, device: Device, bench: Bench
) -> None:
    recordings = bench.submit(device.user_id, recordings=2)
    batch_id = bench.batch_id(recordings[0])
    bench.speech.before = failing(0, EngineUnavailable("speech", "It is away.", retry_after=600))
    bench.run_all()
    status = f"/v1/batches/{batch_id}/status"
    assert client.get(status, headers=device.headers).json()["status"] == "processing"
    (waits,) = [one for one in recordings if bench.step(one, StepName.TRANSCRIPTION).status == StepStatus.DUE]
    client.delete(f"/v1/recordings/{waits}", headers=device.headers)
    assert client.get(status, headers=device.headers).json()["status"] == "completed"


def test_both_recordings_removed_at_once_take_their_batch_with_them(
    client: TestClient, device: Device, bench: Bench, parts: Parts
) -> None:
    for _ in range(4):
        recordings = bench.submit(device.user_id, recordings=2)
        statuses: list[int] = []
        removals = [_removal(client, device, str(one), statuses) for one in (*recordings, *recordings)]
        assert at_once(*removals) == []
        assert sorted(statuses) == [204, 204, 404, 404]
        assert left_behind(parts) == NOTHING


def _removal(client: TestClient, device: Device, recording_id: str, statuses: list[int]) -> Any:
    def remove() -> None:
        statuses.append(client.delete(f"/v1/recordings/{recording_id}", headers=device.headers).status_code)

    return remove


def test_anothers_recording_is_the_same_404_as_none_and_stays(client: TestClient, device: Device, parts: Parts) -> None:
    post(client, device, id="r")
    other = register(client, "device-2")
    for name in ("r", "none"):
        answer = client.delete(f"/v1/recordings/{name}", headers=other.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "recording_not_found")
    assert left_behind(parts) == ONE
