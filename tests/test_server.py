"""The API as a process of its own, wired from the environment as a cluster would: it serves, stops, and keeps quiet."""

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

CANARY = "canary-7f3a"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def _serving(env: dict[str, str], log: Path) -> Iterator[httpx.Client]:
    port = _free_port()
    command = (sys.executable, "-m", "uvicorn", "--factory", "ai_conspects.main:create_app", "--port", str(port))
    with log.open("wb") as out, subprocess.Popen(command, env=env, stdout=out, stderr=out) as process:
        try:
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=10, trust_env=False) as client:
                _wait(client, process, log)
                yield client
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait(20)


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


def test_a_server_of_its_own_is_ready_and_never_writes_a_secret(
    database_url: str, broker_url: str, tmp_path: Path
) -> None:
    key, log = token_urlsafe(32), tmp_path / "log"
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith(("AI_CONSPECTS_", "OPENAI_"))},
        "DATABASE_URL": database_url,
        "CELERY_BROKER_URL": broker_url,
        "JWT_SECRET_KEY": key,
        "AI_CONSPECTS_HOME": str(tmp_path),
        "AI_CONSPECTS_LOG_LEVEL": "DEBUG",
    }
    with _serving(env, log) as client:
        assert client.get("/v1/health/ready").json()["status"] == "ready"
        given = client.post(f"/v1/auth/register?device_id={CANARY}").json()
        client.post(f"/v1/auth/login?device_id={CANARY}&device_secret={CANARY}")
        client.post("/v1/auth/login", json={"device_id": CANARY, "device_secret": given["device_secret"]})
        client.post("/v1/auth/refresh", json={"refresh_token": given["refresh_token"]})
        bearer = {"Authorization": f"Bearer {given['access_token']}"}
        assert client.post("/v1/auth/logout", headers=bearer).status_code == 204
        assert client.get("/openapi.json").status_code == 200

    said = log.read_text()
    assert '"event": "http.request"' in said
    assert '"route": "/v1/auth/register"' in said
    for secret in (CANARY, key, given["device_secret"], given["access_token"], given["refresh_token"], database_url):
        assert secret not in said, said


def test_a_server_without_a_key_stops_at_once_and_says_why(database_url: str, tmp_path: Path) -> None:
    env = {**os.environ, "DATABASE_URL": database_url, "REDIS_URL": "redis://127.0.0.1:1/0", "JWT_SECRET_KEY": ""}
    command = (sys.executable, "-m", "uvicorn", "--factory", "ai_conspects.main:create_app", "--port", "0")

    ended = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60, check=False, cwd=tmp_path)

    assert ended.returncode != 0
    assert "JWT_SECRET_KEY must be at least 32 random bytes" in ended.stderr
