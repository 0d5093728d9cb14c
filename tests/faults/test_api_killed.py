"""The API is killed at every point of a submit and an upload: all or nothing, and no byte is lost that counted."""

import socket
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from sqlalchemy import select, update

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.batches.orphans import remove_orphans
from ai_conspects.core.clock import now
from ai_conspects.engines import registry
from ai_conspects.models import AudioRecording, Upload
from ai_conspects.uploads.sweeping import finish_full, remove_lost_parts
from tests.batches.submits import left_behind
from tests.e2e.waiting import until
from tests.faults.client import Client, clip
from tests.faults.hands import api
from tests.faults.history import History
from tests.stubs.s3 import ACCESS_KEY, SECRET_KEY, S3Server, s3_server
from tests.uploads.tus import BYTES, encoded

AUDIO = clip(7) * 80
"""7.7 MB, in two parts of an upload; nobody decodes it here."""

NOTHING = {"batches": 0, "recordings": 0, "steps": 0}


@pytest.fixture
def parts(parts: Parts) -> Parts:
    """The same store as the API's."""
    assert parts.settings.home
    return replace(parts, store=registry.store(parts.settings, parts.settings.home))


@pytest.fixture(scope="module")
def s3() -> Iterator[S3Server]:
    with s3_server() as running:
        yield running


@pytest.fixture(params=["local disk", "s3"])
def on_each_store(request: pytest.FixtureRequest, parts: Parts) -> Parts:
    """The parts, with the API's store on each kind."""
    if request.param == "s3":
        server: S3Server = request.getfixturevalue("s3")
        keys = {"s3_access_key": SecretStr(ACCESS_KEY), "s3_secret_key": SecretStr(SECRET_KEY)}
        where = {"s3_bucket": server.new_bucket(), "s3_endpoint": server.endpoint, **keys}
        settings = parts.settings.model_copy(update=where)
        return replace(parts, settings=settings, store=registry.store(settings, Path("/nowhere")))
    return parts


@pytest.mark.parametrize("place", ["submit.audio_stored", "submit.before_commit", "submit.after_commit"])
def test_a_submit_is_there_wholly_or_not_at_all(parts: Parts, place: str) -> None:
    committed = {"batches": 1, "recordings": 2, "steps": 12}
    with api(parts.settings, place) as url, Client(url, History()) as client:
        with pytest.raises(httpx.HTTPError):
            client.submit("b", AUDIO, clip(8))
        stands = left_behind(parts)
        stands.pop("objects")
        assert stands == (committed if place == "submit.after_commit" else NOTHING)
    with api(parts.settings) as url, again(client, url):
        client.insist("b", AUDIO, clip(8))
    swept(parts)
    assert left_behind(parts) == {**committed, "objects": 2}
    assert stored(parts) == keys(parts)


PLACES = {
    "upload.part_stored@0": 0,
    "upload.part_counted@5242880": 5242880,
    "upload.part_stored@5242880": 5242880,
    "upload.joined": len(AUDIO),
    "upload.before_commit": len(AUDIO),
    "upload.finished": len(AUDIO),
}
"""Where the API dies, and what the client finds counted afterwards."""


@pytest.mark.parametrize("place", PLACES)
def test_an_upload_goes_on_from_what_was_counted(on_each_store: Parts, place: str) -> None:
    parts = on_each_store
    with api(parts.settings, place) as url, Client(url, History()) as client:
        metadata = encoded({"recording_id": "long", "filename": "long.wav"})
        created = client.http.post("/uploads", headers=tus(Upload_Length=str(len(AUDIO)), Upload_Metadata=metadata))
        where = created.headers["location"]
        with pytest.raises(httpx.HTTPError):
            client.http.patch(url + where, content=AUDIO, headers=tus(Upload_Offset="0", Content_Type=BYTES))
    with parts.database.transaction(as_system="a test") as session:
        session.execute(update(Upload).values(lease_until=None))  # it would end by itself, in seconds
    with api(parts.settings) as url, again(client, url):
        at = int(client.http.head(url + where, headers=tus()).headers["upload-offset"])
        assert at == PLACES[place]
        rest = tus(Upload_Offset=str(at), Content_Type=BYTES)
        last = client.http.patch(url + where, content=AUDIO[at:], headers=rest)
        assert last.status_code == 204, last.text
        assert client.http.get("/recordings/long/audio").content == AUDIO
    swept(parts)
    assert left_behind(parts) == {"batches": 1, "recordings": 1, "steps": 6, "objects": 1}
    assert stored(parts) == keys(parts)


def test_a_full_upload_becomes_a_recording_without_its_client(parts: Parts) -> None:
    with api(parts.settings, "upload.joined") as url, Client(url, History()) as client:
        created = client.http.post("/uploads", headers=tus(Upload_Length="6"))
        with pytest.raises(httpx.HTTPError):
            client.http.patch(
                url + created.headers["location"],
                content=b"abcdef",
                headers=tus(Upload_Offset="0", Content_Type=BYTES),
            )
    until(lambda: finish_full(parts.database, parts.store) == 1, 30)  # once the lease of the dead is over
    swept(parts)
    assert left_behind(parts) == {"batches": 1, "recordings": 1, "steps": 6, "objects": 1}


def test_the_same_submit_fifty_times_at_once_is_one_batch(parts: Parts) -> None:
    with api(parts.settings) as url, Client(url, History()) as client, ThreadPoolExecutor(10) as pool:
        answers = list(pool.map(lambda _: client.submit("b", clip(8)), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert left_behind(parts) == {"batches": 1, "recordings": 1, "steps": 6, "objects": 1}


@pytest.mark.parametrize("part", [0.3, 0.9])
def test_a_client_that_is_cut_in_mid_body_leaves_nothing(parts: Parts, part: float) -> None:
    with api(parts.settings) as url, Client(url, History()) as client:
        request = client.http.build_request("POST", "/batches/submit", json=client.body("b", (clip(8), AUDIO)))
        body = request.read()
        head = "".join(f"{name}: {value}\r\n" for name, value in request.headers.items())
        with socket.create_connection((request.url.host, request.url.port or 80)) as line:
            line.sendall(f"POST /v1/batches/submit HTTP/1.1\r\n{head}\r\n".encode())
            line.sendall(body[: int(len(body) * part)])
            until(lambda: left_behind(parts)["objects"] > 0)
        until(lambda: left_behind(parts) == {**NOTHING, "objects": 0})
        client.insist("b", clip(8), AUDIO)
    assert left_behind(parts) == {"batches": 1, "recordings": 2, "steps": 12, "objects": 2}


@contextmanager
def again(client: Client, url: str) -> Iterator[None]:
    """The same device, at the API that was started anew."""
    with httpx.Client(base_url=f"{url}/v1", headers=client.http.headers, timeout=30, trust_env=False) as http:
        client.http = http
        yield


def tus(**more: str) -> dict[str, str]:
    return {"Tus-Resumable": "1.0.0", **{name.replace("_", "-"): value for name, value in more.items()}}


def stored(parts: Parts) -> set[str | None]:
    return {found.key for found in parts.store.list("")}


def keys(parts: Parts) -> set[str | None]:
    """Where the rows say that audio lies."""
    with parts.database.transaction(as_system="a test") as session:
        return set(session.scalars(select(AudioRecording.s3_key)))


def swept(parts: Parts) -> None:
    """As if a day had passed."""
    tomorrow = now() + timedelta(hours=25)
    remove_orphans(parts.database, parts.store, older_than_h=24, now=tomorrow)
    remove_lost_parts(parts.database, parts.store, older_than_h=24, now=tomorrow)
