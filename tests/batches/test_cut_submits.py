"""A client that hangs up, a store that fails and a server that dies leave nothing, or an orphan that is swept."""

import io
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import anyio
import httpx
import pytest
import uvicorn
from fastapi.testclient import TestClient

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.batches.errors import TooManyUploads
from ai_conspects.batches.orphans import remove_orphans
from ai_conspects.batches.uploads import UploadSlots
from ai_conspects.core.clock import now
from ai_conspects.core.settings import LimitSettings, Settings
from ai_conspects.main import create_app
from tests.accounts.devices import register
from tests.batches.submits import NOTHING, as_json, batch, left_behind, recording
from tests.builders import as_owner


@contextmanager
def served(parts: Parts) -> Iterator[int]:
    """The application behind a real server; its port."""
    server = uvicorn.Server(uvicorn.Config(create_app(parts), port=0, log_config=None, lifespan="on"))
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        wait_until(lambda: server.started)
        yield server.servers[0].sockets[0].getsockname()[1]
    finally:
        server.should_exit = True
        thread.join()


def wait_until(holds: Callable[[], bool], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.01)  # between two looks


def token(port: int) -> str:
    answer = httpx.post(f"http://127.0.0.1:{port}/v1/auth/register", params={"device_id": "device-1"}, timeout=20)
    return str(answer.json()["access_token"])


def post(port: int, bearer: str, body: bytes) -> httpx.Response:
    headers = {"Authorization": f"Bearer {bearer}"}
    return httpx.post(f"http://127.0.0.1:{port}/v1/batches/submit", content=body, headers=headers, timeout=30)


def head(bearer: str, length: int) -> bytes:
    lines = [
        "POST /v1/batches/submit HTTP/1.1",
        "Host: localhost",
        f"Authorization: Bearer {bearer}",
        "Content-Type: application/json",
        f"Content-Length: {length}",
    ]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
def test_a_client_that_hangs_up_half_way_leaves_nothing(parts: Parts, part: float) -> None:
    body = as_json(batch(*[recording(number, audio_data="QUJD" * 300_000) for number in range(3)]))
    with served(parts) as port:
        with socket.create_connection(("127.0.0.1", port)) as client:
            client.sendall(head(token(port), len(body)))
            client.sendall(body[: int(len(body) * part)])
            if part > 0.4:
                wait_until(lambda: left_behind(parts)["objects"] > 0)
        wait_until(lambda: left_behind(parts) == NOTHING)
    assert left_behind(parts) == NOTHING


def test_a_client_that_sends_on_after_an_error_still_gets_its_answer(parts: Parts) -> None:
    body = as_json(batch(recording(1, audio_data="!" + "QUJD" * 2_000_000), recording(2)))
    with served(parts) as port:
        answer = post(port, token(port), body)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["recordings", 0, "audio_data"]
    assert left_behind(parts) == NOTHING


def test_the_next_upload_waits_for_its_turn(settings: Settings, parts: Parts) -> None:
    parts.settings.limits = LimitSettings(max_parallel_uploads=1)
    body = as_json(batch(recording(1)))
    with served(parts) as port:
        bearer = token(port)
        with socket.create_connection(("127.0.0.1", port)) as first:
            first.sendall(head(bearer, len(body)))
            first.sendall(body[:100])
            answers: list[httpx.Response] = []
            second = threading.Thread(target=lambda: answers.append(post(port, bearer, body)))
            second.start()
            second.join(0.3)
            assert not answers
        second.join(20)
    assert [answer.status_code for answer in answers] == [200]


def test_an_orphan_is_swept_and_audio_with_a_row_is_not(client: TestClient, parts: Parts) -> None:
    device = register(client)
    assert client.post("/v1/batches/submit", json=batch(recording()), headers=device.headers).status_code == 200
    parts.store.put_file(f"audio/{device.user_id}/01990000-0000-7000-8000-000000000000", io.BytesIO(b"lost"))
    assert left_behind(parts)["objects"] == 2
    assert remove_orphans(parts.database, parts.store, older_than_h=24, now=now()) == 0
    assert remove_orphans(parts.database, parts.store, older_than_h=24, now=now() + timedelta(hours=25)) == 1
    assert left_behind(parts)["objects"] == 1


def test_the_next_upload_is_not_kept_waiting_for_ever() -> None:
    async def busy() -> None:
        slots = UploadSlots(1, patience_s=0.01)
        async with slots.one():
            with pytest.raises(TooManyUploads) as caught:
                async with slots.one():
                    pass
            assert caught.value.retry_after
        async with slots.one():
            pass

    anyio.run(busy)


def test_a_store_that_fails_is_told_and_leaves_nothing(client: TestClient, parts: Parts, tmp_path: Path) -> None:
    device = register(client)
    store = tmp_path / "store"
    store.rename(tmp_path / "gone")
    store.write_text("in the way")
    answer = client.post("/v1/batches/submit", json=batch(recording()), headers=device.headers)
    assert answer.status_code == 503
    assert answer.headers["retry-after"]
    store.unlink()
    (tmp_path / "gone").rename(store)
    assert left_behind(parts) == NOTHING


def test_a_database_that_fails_after_the_audio_is_stored_leaves_nothing(client: TestClient, parts: Parts) -> None:
    device = register(client)
    as_owner(parts, "ALTER TABLE recording_steps ADD CONSTRAINT never CHECK (false)")
    answer = client.post("/v1/batches/submit", json=batch(recording()), headers=device.headers)
    assert answer.status_code == 500
    assert left_behind(parts) == NOTHING
