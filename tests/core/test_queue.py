"""The doorbell, on a real Valkey: what a message holds, and how soon a broker that is away is noticed."""

import base64
import json
import time
from pathlib import Path
from uuid import uuid4

import pytest
import redis
from celery import Celery
from kombu.exceptions import OperationalError

from ai_conspects.core.jobs import Job, ring_all
from ai_conspects.core.queue import PATIENCE_S, QUEUES, celery_ring, make_celery, ping


@pytest.fixture
def server(redis_url: str) -> redis.Redis:
    return redis.Redis.from_url(redis_url)


def test_a_ring_is_one_message_with_the_name_and_the_id(broker_url: str, server: redis.Redis) -> None:
    job = Job("pipeline.run_step", "audio", uuid4())

    celery_ring(broker_url)(job)

    [message] = [json.loads(raw) for raw in server.lrange("audio", 0, -1)]
    assert message["content-type"] == "application/json"
    assert message["headers"]["task"] == "pipeline.run_step"
    assert json.loads(base64.b64decode(message["body"]))[:2] == [[str(job.id)], {}]


def test_each_job_rings_on_its_own_queue(broker_url: str, server: redis.Redis) -> None:
    ring = celery_ring(broker_url)
    for queue in QUEUES:
        ring(Job("a.task", queue, uuid4()))

    assert [server.llen(queue) for queue in QUEUES] == [1] * len(QUEUES)


def test_many_rings_share_their_connections(broker_url: str, server: redis.Redis) -> None:
    ring = celery_ring(broker_url)
    ring(Job("a.task", "audio", uuid4()))
    before = len(server.client_list())

    for _ in range(50):
        ring(Job("a.task", "audio", uuid4()))

    assert len(server.client_list()) == before


def test_nothing_but_the_message_is_left_in_the_broker(broker_url: str, server: redis.Redis) -> None:
    celery_ring(broker_url)(Job("a.task", "audio", uuid4()))

    assert {name.decode() for name in server.scan_iter()} <= {"audio", "_kombu.binding.audio"}


@pytest.mark.parametrize("where", ["redis://127.0.0.1:1/0", "redis+socket:///nonexistent/v.sock?virtual_host=0"])
def test_a_broker_that_is_away_is_noticed_at_once(where: str) -> None:
    started = time.monotonic()

    with pytest.raises(OperationalError):
        celery_ring(where)(Job("a.task", "audio", uuid4()))
    with pytest.raises(OperationalError):
        ping(where)

    assert time.monotonic() - started < PATIENCE_S


def test_a_broker_that_is_away_costs_a_request_no_more_than_one_try() -> None:
    jobs = [Job("a.task", "audio", uuid4()) for _ in range(10)]
    started = time.monotonic()

    ring_all(celery_ring("redis://127.0.0.1:1/0"), jobs)

    assert time.monotonic() - started < PATIENCE_S


def test_a_broker_that_comes_back_is_rung_again(broker_url: str, server: redis.Redis) -> None:
    ring = celery_ring(broker_url)
    ring(Job("a.task", "audio", uuid4()))
    server.client_kill_filter(_type="normal", skipme=True)  # as a restart would: every connection is gone

    deadline = time.monotonic() + 10
    while True:
        try:
            ring(Job("a.task", "audio", uuid4()))
            break
        except OperationalError:
            assert time.monotonic() < deadline

    assert server.llen("audio") == 2


def test_a_broker_that_answers_is_pinged(broker_url: str) -> None:
    ping(broker_url)


def test_workers_take_json_only_and_one_message_at_a_time(broker_url: str) -> None:
    conf = make_celery(broker_url).conf

    assert conf.accept_content == ["json"]
    assert conf.result_accept_content == ["json"]
    assert conf.worker_prefetch_multiplier == 1
    assert not conf.task_acks_late


def test_a_pickled_message_has_no_effect(broker_url: str, server: redis.Redis, tmp_path: Path) -> None:
    mark = tmp_path / "pickled"
    app = make_celery(broker_url)
    ran: list[str] = []

    @app.task(name="a.task")
    def note(id_: str) -> None:
        ran.append(id_)

    hostile = Celery("hostile", broker=broker_url, set_as_current=False)
    hostile.conf.update(task_serializer="pickle", accept_content=["pickle"])
    hostile.send_task("a.task", args=[_Touch(mark)], queue="audio")
    celery_ring(broker_url)(Job("a.task", "audio", uuid4()))

    from celery.contrib.testing.worker import start_worker

    with start_worker(app, pool="solo", queues=["audio"], perform_ping_check=False, shutdown_timeout=20):
        deadline = time.monotonic() + 20
        while not ran and time.monotonic() < deadline:
            time.sleep(0.05)

    assert len(ran) == 1  # the honest one behind it was run
    assert not mark.exists()


class _Touch:
    """What an attacker would send: unpickling it makes a file."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (_touch, (str(self.path),))


def _touch(path: str) -> None:
    Path(path).touch()
