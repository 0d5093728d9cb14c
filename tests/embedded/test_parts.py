"""The stack's smaller parts: settings as an environment, supervision, ports, secrets, children."""

import os
import signal
import socket
import sys
import time
from pathlib import Path

import pytest
from pydantic import SecretStr

from ai_conspects.core.engine_settings import SpeechSettings
from ai_conspects.core.settings import Settings
from ai_conspects.embedded import child, environment, listening, secrets
from ai_conspects.embedded.child import Child, Service
from ai_conspects.embedded.errors import GaveUp, NotReady, PortTaken
from ai_conspects.embedded.supervisor import MOST_DEATHS, Supervisor
from tests.embedded.stacks import mode
from tests.servers import running


def service(code: str, **more: object) -> Service:
    """A child that runs a line of Python."""
    given: dict[str, object] = {"ready": lambda: True, "env": dict(os.environ), "ready_s": 10, **more}
    return Service("part", (sys.executable, "-c", code), **given)  # type: ignore[arg-type]  # a test's shorthand


def test_settings_come_back_from_the_environment_as_they_were(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    settings = Settings.model_validate({"home": tmp_path, "database_url": "postgresql://x", "openai_api_key": "key"})
    settings = settings.model_copy(
        update={"speech": SpeechSettings(model="large", checkpoint_s=7.5, api_key=SecretStr("own"))}
    )
    for name in list(os.environ):
        if name.startswith("AI_CONSPECTS_"):
            monkeypatch.delenv(name)
    for name, value in environment.of_settings(settings).items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(tmp_path)
    assert Settings() == settings
    assert os.environ["DATABASE_URL"] == "postgresql://x"


def test_secrets_are_made_once_and_never_shown(tmp_path: Path) -> None:
    made = secrets.load(tmp_path)
    assert secrets.load(tmp_path) == made
    assert len({made.database, made.database_admin, made.redis, made.jwt}) == 4
    assert made.jwt not in repr(made)
    assert {mode(path) for path in tmp_path.iterdir()} == {0o600}


def test_a_port_in_use_is_told() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(PortTaken, match="--port"):
        listening.free_port("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),  # noqa: S104 - nothing is bound here
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("notes.local", "http://notes.local:8000"),
    ],
)
def test_this_machine_reaches_the_server_by_a_url(host: str, url: str) -> None:
    assert listening.url(host, 8000) == url


def test_a_child_that_ignores_the_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    stubborn = (
        "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); time.sleep(60)"
    )
    log = tmp_path / "part.log"
    with running(service(stubborn, grace_s=0.3, ready=lambda: log.read_text() == "deaf\n"), tmp_path) as started:
        pass
    assert started.exit_code == -signal.SIGKILL


def test_a_child_that_is_not_ready_in_time_is_told_with_its_log(tmp_path: Path) -> None:
    slow = service(
        "import time; print('waiting for Godot', flush=True); time.sleep(60)", ready=lambda: False, ready_s=1.5
    )
    with pytest.raises(NotReady, match="Godot"), running(slow, tmp_path):
        pass


def test_a_log_is_private_and_stays_small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(child, "MAX_LOG_BYTES", 10)
    with running(service("print('x' * 100, flush=True); input()"), tmp_path) as started:
        _wait_for_end(started)
        started.trim_log()
        assert started.log.stat().st_size == 0
        assert mode(started.log) == 0o600


def test_what_dies_is_started_again_more_slowly_and_then_given_up(tmp_path: Path) -> None:
    now = [time.monotonic()]
    supervisor = Supervisor(clock=lambda: now[0])
    dying = Child(service("print('a fault', flush=True); raise SystemExit(3)"), tmp_path)
    supervisor.watch(dying)
    dying.start()
    pauses = []
    for _ in range(MOST_DEATHS - 1):
        _wait_for_end(dying)
        supervisor.tend()
        started, told = dying.started_at, now[0]
        while dying.started_at == started:
            now[0] += 0.25
            supervisor.tend()
        pauses.append(now[0] - told)
    assert pauses == sorted(pauses)
    assert pauses[-1] > pauses[0]
    _wait_for_end(dying)
    with pytest.raises(GaveUp, match="a fault"):
        supervisor.tend()


def _wait_for_end(started: Child) -> None:
    deadline = time.monotonic() + 20
    while started.pid is not None:
        assert time.monotonic() < deadline
        time.sleep(0.01)
