"""The whole stack as `serve` runs it: stores, the workers, beat and the API."""

import json
import signal
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from ai_conspects.embedded import processes
from ai_conspects.embedded.services import answers
from ai_conspects.embedded.stack import Stack
from tests.embedded.stacks import processes_of, settings_for

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")


def test_the_whole_stack_gets_ready_and_leaves_nothing_behind(home: Path) -> None:
    with Stack(settings_for(home), port=0) as running:
        with urllib.request.urlopen(f"{running.url}/v1/health/ready", timeout=10) as reply:  # noqa: S310 - loopback
            assert json.load(reply)["status"] == "ready"
        for name in ("worker-audio", "worker-other", "worker-sweeper"):
            _until(lambda name=name: f"{name}@" in _log(home, name) and "ready." in _log(home, name))  # type: ignore[misc]  # bound early
        secrets = [path.read_text() for path in (home / "secrets").iterdir()]
        told = [Path(f"/proc/{pid}/cmdline").read_text() for pid in processes_of(home)]
    assert not processes_of(home)
    said = [*told, *(_log(home, path.stem) for path in (home / "logs").glob("*.log"))]
    assert not [secret for secret in secrets for text in said if secret in text]


def test_a_killed_api_answers_again(home: Path) -> None:
    with Stack(settings_for(home), port=0) as running:
        api = {pid for pid in processes.marked(home) if b"uvicorn" in Path(f"/proc/{pid}/cmdline").read_bytes()}
        processes.send(api, signal.SIGKILL)
        _until(lambda: not answers(f"{running.url}/v1/health/live"))

        def answers_again() -> bool:
            running.tend()
            return answers(f"{running.url}/v1/health/ready")

        _until(answers_again)


def _log(home: Path, name: str) -> str:
    return (home / "logs" / f"{name}.log").read_text(errors="replace")


def _until(condition: Callable[[], bool], deadline_s: float = 60) -> None:
    deadline = time.monotonic() + deadline_s
    while not condition():
        assert time.monotonic() < deadline, "the deadline passed"
        time.sleep(0.05)
