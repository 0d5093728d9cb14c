"""The API started in earnest: uvicorn in a process of its own, told by its environment."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from secrets import token_urlsafe

import httpx


def free_port() -> int:
    """A port on which nobody listens now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def environment(database_url: str, broker_url: str, home: Path) -> dict[str, str]:
    """What a server needs to be told, and nothing that this machine tells."""
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AI_CONSPECTS_", "OPENAI_"))},
        "DATABASE_URL": database_url,
        "CELERY_BROKER_URL": broker_url,
        "JWT_SECRET_KEY": token_urlsafe(32),
        "AI_CONSPECTS_HOME": str(home),
        "AI_CONSPECTS_LOG_LEVEL": "DEBUG",
    }


@contextmanager
def serving(env: dict[str, str], log: Path) -> Iterator[httpx.Client]:
    """The API as a process of its own, answering; stopped at the end."""
    with process_of(env, log) as (client, _):
        yield client


@contextmanager
def process_of(env: dict[str, str], log: Path) -> Iterator[tuple[httpx.Client, int]]:
    """The same, and the process's id."""
    port = free_port()
    command = (sys.executable, "-m", "uvicorn", "--factory", "ai_conspects.main:create_app", "--port", str(port))
    with log.open("wb") as out, subprocess.Popen(command, env=env, stdout=out, stderr=out) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
                _wait(client, process, log)
                yield client, process.pid
        finally:
            process.send_signal(signal.SIGTERM)
            try:
                process.wait(20)
            finally:
                process.kill()


def _wait(client: httpx.Client, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        assert process.poll() is None, log.read_text()
        try:
            client.get("/v1/health/live")
        except httpx.TransportError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(log.read_text())
