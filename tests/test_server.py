"""The API as a process of its own, wired from the environment as a cluster would: it serves, stops, and keeps quiet."""

import os
import subprocess
import sys
from pathlib import Path

from tests.api.processes import environment, serving

CANARY = "canary-7f3a"


def test_a_server_of_its_own_is_ready_and_never_writes_a_secret(
    database_url: str, broker_url: str, tmp_path: Path
) -> None:
    log = tmp_path / "log"
    env = environment(database_url, broker_url, tmp_path)
    key = env["JWT_SECRET_KEY"]
    with serving(env, log) as client:
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
