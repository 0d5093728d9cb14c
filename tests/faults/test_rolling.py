"""Every part is restarted under load, one after the other, as a rollout does it; a frozen worker; users in turn."""

import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import httpx
import pytest

from tests.e2e.waiting import until
from tests.faults.client import SPOKEN, Client, clip
from tests.faults.history import History
from tests.faults.site import WORKERS, Site
from tests.stubs.openai_audio import Held, SpeechServer

PARTS = ("api", "api-2", *WORKERS)
"""The sweeper is one with the beat."""


@pytest.fixture(scope="module", autouse=True)
def _all_parts(running: Site) -> Iterator[None]:
    running.start("api-2", *WORKERS)
    yield
    running.stop("api-2", *WORKERS)


def test_a_rolling_restart_of_every_part_under_load_loses_nothing(running: Site, history: History) -> None:
    """The history is looked at afterwards: every recording there once, with its notes, and no 5xx but 503, later."""
    stop, taken, ended = threading.Event(), count(), list[str]()
    urls = (running.url, running.second_url)

    def work(number: int) -> None:
        with Client(urls[number % 2], history) as client:
            for batch in count():
                if stop.is_set():
                    return
                client.insist(f"b{batch}", clip(number * 1000 + batch))
                client.http.base_url = httpx.URL(f"{urls[next(taken) % 2]}/v1")  # as a load balancer would send it
                ended.append(client.ended(f"b{batch}", 120))

    with ThreadPoolExecutor(3) as pool:
        working = [pool.submit(work, number) for number in range(3)]
        try:
            for part in PARTS:
                wanted = len(ended) + 2
                until(lambda wanted=wanted: len(ended) >= wanted, 120)  # type: ignore[misc]  # bound early
                running.stop(part)
                assert running.children[part].exit_code in {0, -signal.SIGTERM}, part  # it went by itself
                running.start(part)
        finally:
            stop.set()
        for each in working:
            each.result()
    assert set(ended) == {"completed"}


def test_a_worker_that_was_frozen_finds_its_step_in_other_hands(
    running: Site, phone: Client, speech: SpeechServer
) -> None:
    """Its lease ends while it hears, and a second one does the step: what the first would write changes no row."""
    go_on, asked = threading.Event(), len(speech.asked)
    speech.answers.appendleft(Held(SPOKEN, go_on))
    phone.insist("frozen", clip(1))
    until(lambda: len(speech.asked) > asked)
    running.signal("worker-audio", signal.SIGSTOP)
    second = running.another("worker-audio")
    try:
        running.start(second)
        assert phone.ended("frozen", 120) == "completed"
    finally:
        running.signal("worker-audio", signal.SIGCONT)
        go_on.set()
    log = running.children["worker-audio"].log
    until(lambda: "step.lease_lost" in log.read_text("utf-8"))
    running.stop(second)
    steps = (
        "SELECT s.status, s.fence FROM recording_steps s JOIN audio_recordings r ON r.id = s.recording_id"
        " WHERE r.client_id = 'frozen-0' AND s.name = 'transcription'"
    )
    assert running.rows(steps) == [("done", 2)]


def test_behind_a_thousand_recordings_of_another_user_one_begins_within_two_steps(
    running: Site, history: History, phone: Client
) -> None:
    with Client(running.url, history) as crowd:
        for batch in range(100):
            crowd.insist(f"many-{batch}", *[b"no audio"] * 10)
        phone.insist("one", clip(2))
        until(lambda: begun(running, phone.user_id))
        [(before,)] = running.rows(
            "SELECT count(*) FROM recording_steps a, recording_steps b WHERE a.user_id = %s AND b.user_id = %s"
            " AND b.name = 'audio_upload' AND a.queue = 'audio' AND a.started_at BETWEEN b.due_at AND b.started_at",
            crowd.user_id,
            phone.user_id,
        )
        assert int(str(before)) <= 2
        assert phone.ended("one", 120) == "completed"
        for batch in range(100):
            crowd.remove(f"many-{batch}", 10)


def begun(site: Site, user_id: str) -> bool:
    query = "SELECT count(*) FROM recording_steps WHERE user_id = %s AND started_at IS NOT NULL"
    return site.rows(query, user_id) != [(0,)]
