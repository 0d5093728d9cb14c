"""A server that is asked to end sends its listeners away at once: they would keep it waiting for ever."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from secrets import token_urlsafe

import httpx

from ai_conspects.embedded.listening import free_port
from ai_conspects.embedded.services import answers
from tests.events.listening import until


def test_sigterm_ends_streams_and_the_process_soon(
    database_url: str, redis_url: str, broker_url: str, tmp_path: Path
) -> None:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AI_CONSPECTS_")},
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CELERY_BROKER_URL": broker_url,
        "JWT_SECRET_KEY": token_urlsafe(32),
        "AI_CONSPECTS_HOME": str(tmp_path),
    }
    port = free_port("127.0.0.1", 0)
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "--factory", "ai_conspects.main:create_app", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as process:
        try:
            until(lambda: answers(f"{url}/v1/health/live"))
            with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
                token = client.post("/v1/auth/register?device_id=d").json()["access_token"]
                headers = {"Authorization": f"Bearer {token}"}
                with client.stream("GET", "/v1/events", headers=headers) as stream:
                    lines = stream.iter_lines()
                    assert next(lines).startswith("id: ")
                    asked_at = time.monotonic()
                    process.send_signal(signal.SIGTERM)
                    assert [line for line in lines if line.startswith("event: ")] == ["event: hello"]
            assert process.wait(20) in {0, -signal.SIGTERM}
            assert time.monotonic() - asked_at < 10
        finally:
            process.kill()
