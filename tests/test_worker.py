"""The Celery worker's own start."""

import os
import subprocess
import sys

import pytest

from ai_conspects.core.queue import make_celery


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL"])
def test_a_worker_without_its_servers_says_which_and_ends(missing: str) -> None:
    named = {"DATABASE_URL": "postgresql://localhost/none", "REDIS_URL": "redis://localhost:1/0"}
    env = {**os.environ, "CELERY_BROKER_URL": "", **named, missing: ""}
    argv = [sys.executable, "-m", "celery", "-A", "ai_conspects.worker:app", "worker", "-c", "1"]
    ended = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert ended.returncode == 1
    assert f"{missing} is empty" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(("queue", "imported"), [("audio", True), ("maintenance", False)])
def test_a_client_that_every_process_will_need_is_imported_once_before_they_are_forked(
    queue: str, imported: bool
) -> None:
    program = f"""
import sys
from celery import signals
from ai_conspects import worker
assert "openai" not in sys.modules
worker.app.amqp.queues.select([{queue!r}])
signals.celeryd_after_setup.send(sender="a worker", instance=worker, conf=worker.app.conf)
assert ("openai.resources.audio" in sys.modules) is {imported}
"""
    env = {**os.environ, "REDIS_URL": "redis://localhost:1/0", "AI_CONSPECTS_SPEECH__BASE_URL": "http://127.0.0.1:9/v1"}
    subprocess.run([sys.executable, "-c", program], env=env, timeout=60, check=True)


def test_a_worker_never_gives_its_broker_up() -> None:
    assert make_celery("redis://localhost:1/0").conf.broker_connection_max_retries is None
