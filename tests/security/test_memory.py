"""Large bodies, many at a time, in a real server process: it grows by what it reads at a time, not by what comes."""

import base64
import json
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.api.processes import environment, process_of

PIECE = os.urandom(48 * 1024)
MIB = 2**20
EACH_MIB = 12
"""Of audio; twenty at a time are 240 MiB, and 320 MiB as base64."""
GROWS_MIB = 100
"""At most. Eight uploads are read at a time, each of a few pieces; the rest waits in its clients."""


def body(name: str, device_id: str) -> Iterator[bytes]:
    recording = {"id": name, "filename": "a.m4a", "duration": 60, "created_at": "2025-09-18T14:30:00Z"}
    batch = {"batch_id": name, "device_id": device_id, "recordings": [recording | {"audio_data": "@"}]}
    head, tail = json.dumps(batch).encode().split(b"@")
    piece = base64.b64encode(PIECE)
    yield head
    for _ in range(EACH_MIB * MIB // len(PIECE)):
        yield piece
    yield tail


def memory_mib(pid: int, field: str) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(field + ":")) / 1024


@pytest.mark.timeout(180)
def test_twenty_large_submits_at_once_make_the_server_no_larger_than_one_of_them(
    database_url: str, broker_url: str, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    home.mkdir()
    with process_of(environment(database_url, broker_url, home), tmp_path / "log") as (client, pid):
        token = client.post("/v1/auth/register", json={"device_id": "me"}).json()["access_token"]

        def send(name: str) -> int:
            url, headers = f"{client.base_url}/v1/batches/submit", {"Authorization": f"Bearer {token}"}
            return httpx.post(url, content=body(name, "me"), headers=headers, timeout=150, trust_env=False).status_code

        assert send("warm-up") == 200
        before = memory_mib(pid, "VmRSS")
        Path(f"/proc/{pid}/clear_refs").write_text("5")  # sets VmHWM back to VmRSS (proc(5))
        with ThreadPoolExecutor(20) as crowd:
            answers = list(crowd.map(send, [f"b{number}" for number in range(20)]))
        grown = memory_mib(pid, "VmHWM") - before
    assert set(answers) <= {200, 503}
    assert answers.count(200) >= 8
    assert grown < GROWS_MIB
