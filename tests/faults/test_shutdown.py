"""The API is stopped and started again in the middle of work: it drains, and nobody is told anything but 503, later."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import httpx
import psycopg
import pytest

from ai_conspects.core.settings import Settings
from tests.batches.submits import audio
from tests.e2e.waiting import until
from tests.faults.client import Client
from tests.faults.hands import Api
from tests.faults.history import EVERY_ROW, History
from tests.faults.test_api_killed import again, tus
from tests.uploads.tus import BYTES


@pytest.fixture
def api(settings: Settings, database_url: str) -> Iterator[Api]:
    served = Api(settings, grace_s=1)
    yield served
    served.process.kill()
    served.process.join()


def test_a_request_that_ends_within_the_grace_is_answered(api: Api, database_url: str) -> None:
    go_on = threading.Event()
    with Client(api.url, History()) as client, ThreadPoolExecutor(1) as pool:
        whole = audio(1, 1000)
        created = client.http.post("/uploads", headers=tus(Upload_Length="1000")).headers["location"]
        answer = pool.submit(
            client.http.patch,
            api.url + created,
            content=held(whole, go_on),
            headers=tus(Upload_Offset="0", Content_Type=BYTES),
        )
        until(lambda: is_under_way(database_url))
        api.ask_to_stop()
        until(lambda: not accepts(api))
        go_on.set()
        assert answer.result(20).status_code == 204
    api.stop()


def test_one_that_takes_longer_is_told_to_come_again_and_its_bytes_count(api: Api, database_url: str) -> None:
    never = threading.Event()
    with Client(api.url, History()) as client, ThreadPoolExecutor(1) as pool:
        whole = audio(1, 1000)
        created = client.http.post("/uploads", headers=tus(Upload_Length="1000")).headers["location"]
        answer = pool.submit(
            client.http.patch,
            api.url + created,
            content=held(whole, never),
            headers=tus(Upload_Offset="0", Content_Type=BYTES),
        )
        until(lambda: is_under_way(database_url))
        api.stop()
        never.set()
        told = answer.result(20)
        assert (told.status_code, told.json()["code"]) == (503, "stopping")
        assert told.headers["retry-after"]
        api.start()
        with again(client, api.url):
            assert client.http.head(api.url + created, headers=tus()).headers["upload-offset"] == "500"


def held(whole: bytes, go_on: threading.Event) -> Iterator[bytes]:
    """Half of it, and the rest when the test says so."""
    yield whole[:500]
    go_on.wait(30)
    yield whole[500:]


def is_under_way(database_url: str) -> bool:
    """Whether the held request has its turn. The row is looked at, since a request that asked could take the turn."""
    with psycopg.connect(database_url, options=EVERY_ROW) as connection:
        return connection.execute("SELECT FROM uploads WHERE lease_until IS NOT NULL").fetchone() is not None


def accepts(api: Api) -> bool:
    try:
        httpx.get(f"{api.url}/v1/health/live", timeout=5)
    except httpx.TransportError:
        return False
    return True
