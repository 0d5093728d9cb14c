"""PostgreSQL and Redis are killed, emptied and gone: nothing that was acknowledged is lost, and all of it ends."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from itertools import count as count_up

import httpx
import pytest
import redis

from tests.e2e.waiting import until
from tests.faults.client import Client, clip
from tests.faults.history import History
from tests.faults.site import WORKERS, Site


@pytest.fixture(scope="module", autouse=True)
def _workers(running: Site) -> Iterator[None]:
    running.start(*WORKERS)
    yield
    running.stop(*WORKERS)


@contextmanager
def clients_at_work(site: Site, history: History, count: int) -> Iterator[list[float]]:
    """Clients that submit one batch after the other until the block ends; how long each had to insist, in seconds."""
    stop, waited = threading.Event(), list[float]()

    def work(number: int) -> None:
        with Client(site.url, history) as client:
            for batch in count_up():
                if stop.is_set():
                    return
                waited.append(client.insist(f"b{batch}", clip(number * 1000 + batch)))
                assert client.ended(f"b{batch}") == "completed"

    with ThreadPoolExecutor(count) as pool:
        working = [pool.submit(work, number) for number in range(count)]
        try:
            yield waited
        finally:
            stop.set()
        for each in working:
            each.result()


def test_a_database_killed_under_load_loses_nothing_and_is_back_soon(running: Site, history: History) -> None:
    with clients_at_work(running, history, 3) as waited:
        until(lambda: len(waited) > 2)
        running.kill("postgres")
        answer = until(lambda: _asked(running))
        assert answer is not None
        assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
        assert answer.headers["retry-after"]
        running.start("postgres")
        until(running.is_ready, 30)
        taken = len(waited)
        until(lambda: len(waited) > taken + 2)


def test_a_backend_killed_alone_is_no_more_than_a_503(running: Site, history: History) -> None:
    with clients_at_work(running, history, 2) as waited:
        until(lambda: len(waited) > 1)
        [(pid,)] = running.rows("SELECT min(pid) FROM pg_stat_activity WHERE application_name = 'ai-conspects'")
        assert isinstance(pid, int)
        os.kill(pid, signal.SIGKILL)  # PostgreSQL ends every connection then, and recovers by itself
        taken = len(waited)
        until(lambda: len(waited) > taken + 2)


def test_a_queue_that_is_emptied_again_and_again_costs_no_recording(running: Site, history: History) -> None:
    with clients_at_work(running, history, 2) as waited, closing(_redis(running)) as queue:
        for wanted in (2, 4, 6):
            until(lambda wanted=wanted: len(waited) >= wanted)  # type: ignore[misc]  # bound early
            queue.flushall()


def test_a_queue_that_is_gone_only_makes_things_wait(running: Site, phone: Client) -> None:
    running.kill("valkey")
    phone.insist("while-gone", clip(1))
    ready = httpx.get(f"{running.url}/v1/health/ready", timeout=30)
    assert (ready.status_code, ready.json()["status"], ready.json()["parts"]["queue"]) == (200, "degraded", "missing")
    assert phone.status("while-gone")
    running.start("valkey")
    assert phone.ended("while-gone", 60) == "completed"
    assert running.is_ready()


def _asked(site: Site) -> httpx.Response | None:
    try:
        return httpx.post(f"{site.url}/v1/auth/register", params={"device_id": "asks"}, timeout=30)
    except httpx.HTTPError:
        return None


def _redis(site: Site) -> redis.Redis:
    return redis.Redis.from_url(site.settings.redis_url.get_secret_value())
