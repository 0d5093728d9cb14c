"""Audio comes back byte for byte, whole or in ranges, under safe headers."""

import base64
import io
import tracemalloc
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.models import AudioRecording
from ai_conspects.recordings.audio import Audio, opened
from tests.accounts.devices import Device, register
from tests.audio import tone
from tests.batches.submits import batch, recording
from tests.bench import Bench

DATA = tone(1.0)
URL = "/v1/recordings/recording-uuid-1/audio"


@pytest.fixture
def me(client: TestClient) -> Device:
    device = register(client)
    document = batch(recording(audio_data=base64.b64encode(DATA).decode(), filename='Лекция "1"\u2028.wav'))
    assert client.post("/v1/batches/submit", json=document, headers=device.headers).status_code == 200
    return device


def get(client: TestClient, device: Device, **headers: str) -> Any:
    return client.get(URL, headers=device.headers | headers)


def test_the_whole_comes_back_as_it_was_sent(client: TestClient, me: Device, bench: Bench) -> None:
    assert get(client, me).headers["Content-Type"] == "application/octet-stream"  # nobody has looked at it yet
    bench.run_all()
    answer = get(client, me)
    assert (answer.status_code, answer.content) == (200, DATA)
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["Content-Length"] == str(len(DATA))
    assert answer.headers["Accept-Ranges"] == "bytes"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Disposition"].startswith("inline; filename=\"1_.wav\"; filename*=UTF-8''%D0%9B")


@pytest.mark.parametrize(
    ("asked", "start", "end"),
    [
        ("bytes=0-99", 0, 100),
        ("bytes=100-", 100, len(DATA)),
        ("bytes=-100", len(DATA) - 100, len(DATA)),
        (f"bytes=-{10**18}", 0, len(DATA)),
        (f"bytes=5-{10**18}", 5, len(DATA)),
        ("BYTES = 7-7", 7, 8),
        (f"bytes={len(DATA) - 1}-", len(DATA) - 1, len(DATA)),
    ],
)
def test_a_range_is_a_part(client: TestClient, me: Device, asked: str, start: int, end: int) -> None:
    answer = get(client, me, Range=asked)
    assert (answer.status_code, answer.content) == (206, DATA[start:end])
    assert answer.headers["Content-Range"] == f"bytes {start}-{end - 1}/{len(DATA)}"
    assert answer.headers["Content-Length"] == str(end - start)


@pytest.mark.parametrize("asked", [f"bytes={len(DATA)}-", f"bytes={10**18}-", "bytes=-0"])
def test_a_range_beyond_the_end_is_told_the_size(client: TestClient, me: Device, asked: str) -> None:
    answer = get(client, me, Range=asked)
    assert (answer.status_code, answer.json()["code"]) == (416, "range_not_satisfiable")
    assert answer.headers["Content-Range"] == f"bytes */{len(DATA)}"


@pytest.mark.parametrize(
    "asked", ["bytes=", "bytes=-", "bytes=9-5", "bytes=a-b", "lines=1-2", "bytes=0-1,5-6", "bytes=-1-5", "9" * 5000]
)
def test_a_range_that_is_none_is_ignored(client: TestClient, me: Device, asked: str) -> None:
    answer = get(client, me, Range=asked)
    assert (answer.status_code, len(answer.content)) == (200, len(DATA))


def test_tags_save_a_second_download_and_guard_ranges(client: TestClient, me: Device) -> None:
    etag = get(client, me).headers["ETag"]
    assert get(client, me, **{"If-None-Match": etag}).status_code == 304
    assert get(client, me, **{"Range": "bytes=0-9", "If-Range": etag}).status_code == 206
    assert get(client, me, **{"Range": "bytes=0-9", "If-Range": '"another"'}).status_code == 200


def test_its_head_is_told_without_it(client: TestClient, me: Device) -> None:
    answer = client.head(URL, headers=me.headers)
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer.headers["Content-Length"] == str(len(DATA))


def test_audio_that_the_store_has_lost_is_a_404(client: TestClient, me: Device, parts: Parts) -> None:
    with parts.database.transaction(as_system="a test") as session:
        (key,) = session.scalars(select(AudioRecording.s3_key))
    parts.store.delete([key or ""])
    answer = get(client, me)
    assert (answer.status_code, answer.json()["code"]) == (404, "audio_not_found")


def test_memory_stays_flat(client: TestClient, me: Device, parts: Parts) -> None:
    size = 64 * 2**20
    parts.store.put_file("audio/large", io.BytesIO(bytes(size)))
    audio = Audio("audio/large", size, '"x"', "audio/wav", "inline")
    tracemalloc.start()
    taken = sum(len(piece) for piece in opened(parts.store, audio, 0, size))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert taken == size
    assert peak < 8 * 2**20
