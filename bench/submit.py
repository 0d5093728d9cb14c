"""What a submit costs the server: peak memory and MB/s, beside FastAPI + pydantic reading the whole body.

`python -m bench.submit [--body-mb 300] [--parallel 20] [--each-mb 10]`. Real server processes, a real PostgreSQL, a
store on the local disk; the client makes the body as it sends it. One run of each, in a table with the ratios.
"""

import argparse
import base64
import http.client
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.servers import postgres_server

from ai_conspects import migrations
from bench import kept
from bench.submit_apps import DATABASE, FOLDER, PORT

MB = 1_000_000
PIECE = base64.b64encode(random.Random(1).randbytes(48 * 1024))  # 64 KiB of text
HOST = "127.0.0.1"


@dataclass(frozen=True)
class Measured:
    """Growth of the server's peak resident memory over what it had before, in MB, and body MB a second."""

    growth_mb: float
    mb_per_s: float


@dataclass(frozen=True)
class Server:
    """A server process under measurement."""

    process: subprocess.Popen[bytes]
    port: int
    token: str

    @property
    def device_id(self) -> str:
        """A device of this process's own."""
        return f"bench-{self.port}"

    def status_kb(self, field: str) -> int:
        lines = Path(f"/proc/{self.process.pid}/status").read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith(field + ":"))

    def measure(self, bodies: int, body_mb: int) -> Measured:
        """Send so many bodies at a time."""
        before_kb = self.status_kb("VmRSS")
        Path(f"/proc/{self.process.pid}/clear_refs").write_text("5")  # sets VmHWM back to VmRSS (proc(5))
        since = time.perf_counter()
        with ThreadPoolExecutor(bodies) as threads:
            list(threads.map(lambda number: self.submit(f"{bodies}-{body_mb}-{number}", body_mb), range(bodies)))
        took_s = time.perf_counter() - since
        return Measured((self.status_kb("VmHWM") - before_kb) / 1000, bodies * body_mb / took_s)

    def submit(self, name: str, body_mb: int) -> None:
        """POST one batch of one recording."""
        pieces = max(1, body_mb * MB // len(PIECE))
        recording = {"id": name, "filename": "a.m4a", "duration": 60, "created_at": "2025-09-18T14:30:00Z"}
        batch = {"batch_id": name, "device_id": self.device_id, "recordings": [recording | {"audio_data": "@"}]}
        head, tail = json.dumps(batch).encode().split(b"@")
        length = len(head) + pieces * len(PIECE) + len(tail)

        def body() -> Iterator[bytes]:
            yield head
            for _ in range(pieces):
                yield PIECE
            yield tail

        connection = http.client.HTTPConnection(HOST, self.port, timeout=300)
        headers = {"Content-Type": "application/json", "Content-Length": str(length)}
        connection.request("POST", "/v1/batches/submit", body(), headers | {"Authorization": f"Bearer {self.token}"})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        if answer.status != 200:
            raise SystemExit(f"{answer.status} {text.decode()}")


@contextmanager
def serving(name: str, database_url: str) -> Iterator[Server]:
    """One of `bench.submit_apps`, warmed up with a small submit."""
    with socket.socket() as free:
        free.bind((HOST, 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        environment = os.environ | {FOLDER: folder, DATABASE: database_url, PORT: str(port)}
        process = subprocess.Popen(
            [sys.executable, "-m", "bench.submit_apps", name], env=environment, stdout=subprocess.DEVNULL
        )
        try:
            server = Server(process, port, _registered(process, port))
            server.submit("warm-up", 1)
            yield server
        finally:
            process.terminate()
            process.wait(30)


def _registered(process: subprocess.Popen[bytes], port: int) -> str:
    deadline = time.monotonic() + 60
    while True:
        try:
            connection = http.client.HTTPConnection(HOST, port, timeout=30)
            connection.request("POST", f"/v1/auth/register?device_id=bench-{port}")
            return str(json.loads(connection.getresponse().read())["access_token"])
        except ConnectionRefusedError:
            if time.monotonic() > deadline or process.poll() is not None:
                raise
            time.sleep(0.05)  # between two looks


def _show(title: str, ours: Measured, baseline: Measured) -> None:
    less = baseline.growth_mb / max(ours.growth_mb, 0.1)
    faster = ours.mb_per_s / baseline.mb_per_s
    print(f"{title:<22} {'peak growth, MB':>16} {'MB/s':>8}")
    print(f"{'  ours':<22} {ours.growth_mb:>16.1f} {ours.mb_per_s:>8.0f}")
    print(f"{'  whole-body sketch':<22} {baseline.growth_mb:>16.1f} {baseline.mb_per_s:>8.0f}")
    print(f"{'  ratio':<22} {f'{less:.0f} x less':>16} {f'{faster:.2f} x':>8}\n", flush=True)


def main() -> None:
    """Run both servers through both loads."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--body-mb", type=int, default=300)
    parser.add_argument("--parallel", type=int, default=20)
    parser.add_argument("--each-mb", type=int, default=10)
    kept.option(parser)
    chosen = parser.parse_args()
    loads = [(1, chosen.body_mb), (chosen.parallel, chosen.each_mb)]
    results: dict[str, list[Measured]] = {}
    with postgres_server() as url:
        migrations.upgrade(url)
        for name in ("ours", "baseline"):
            results[name] = []
            for bodies, body_mb in loads:  # a fresh process for each, so that no load leaves memory to the next
                with serving(name, url) as server:
                    results[name].append(server.measure(bodies, body_mb))
    for index, (bodies, body_mb) in enumerate(loads):
        _show(f"{bodies} x {body_mb} MB", results["ours"][index], results["baseline"][index])
    figures = [
        {"bodies": bodies, "body_mb": body_mb, "server": name, **asdict(results[name][index])}
        for index, (bodies, body_mb) in enumerate(loads)
        for name in results
    ]
    kept.keep(chosen.json, figures)


if __name__ == "__main__":
    main()
