"""How long an event takes from a worker's transaction to a client, beside Redis alone (XADD to a blocked XREAD).

`python -m bench.events [--clients 10 100 300 1000] [--events 1000] [--per-second 100]`. The worker is a process that
commits to a real PostgreSQL and tells through a real Valkey, the API a uvicorn process, a new one for each number of
clients, each client a user of its own with an open stream. The time runs from before the commit, by the machine's one
clock. Memory is what the API process grew by after its first client. Goal: p99 under 50 ms.
"""

import argparse
import asyncio
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from secrets import token_urlsafe
from typing import Any
from uuid import UUID, uuid4

import redis
from rich.console import Console
from rich.table import Table
from tests.api.processes import free_port
from tests.e2e.waiting import until
from tests.servers import postgres_server, valkey_server

from ai_conspects import migrations
from ai_conspects.accounts.tokens import AccessTokens, Claims
from ai_conspects.core.clock import now
from ai_conspects.core.db import Database, connect
from ai_conspects.core.event_stream import announcer
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.embedded.services import answers
from ai_conspects.models import AuthSession, User
from bench import kept

WORKER = "--as-worker"


@dataclass
class Clients:
    """Open streams. `taken_s` has a latency for each event that arrived."""

    port: int
    events: int
    taken_s: list[float] = field(default_factory=list)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)

    async def listen(self, token: str, is_open: asyncio.Event) -> None:
        """One client, over a bare connection: what is measured is the server."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        writer.write(f"GET /v1/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode())
        while line := await reader.readline():
            if line.startswith(b"event: hello"):
                is_open.set()
            if line.startswith(b"data: ") and (sent := json.loads(line[6:])["data"].get("sent")):
                self.taken_s.append(time.time() - sent)
                if len(self.taken_s) == self.events:
                    self.arrived.set()

    async def all(self, tokens: list[str], pid: int, worker: list[str], env: dict[str, str]) -> float:
        """Open every stream, start the worker, and wait until every event has arrived or 30 s have passed.

        What the API process grew by for each client after the first, in kB.
        """
        listening = []
        for token in tokens:  # one after the other: what is measured is not their arrival
            is_open = asyncio.Event()
            listening.append(asyncio.create_task(self.listen(token, is_open)))
            await is_open.wait()
            if len(listening) == 1:
                first_kb = rss_kb(pid)
        process = await asyncio.create_subprocess_exec(*worker, env=env)
        await process.wait()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.arrived.wait(), 30)
        grown_kb = rss_kb(pid) - first_kb
        for task in listening:
            task.cancel()
        return grown_kb / max(1, len(tokens) - 1)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--clients", type=int, nargs="+", default=[10, 100, 300, 1_000])
    parser.add_argument("--events", type=int, default=1_000)
    parser.add_argument("--per-second", type=float, default=100)
    parser.add_argument(WORKER, nargs="*", help=argparse.SUPPRESS)
    kept.option(parser)
    asked = parser.parse_args()
    if asked.as_worker is not None:
        work([UUID(user) for user in Path(asked.as_worker[0]).read_text().split()], asked.events, asked.per_second)
        return
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    figures = [measure(clients, asked.events, asked.per_second) for clients in asked.clients]
    show(figures, asked.events)
    kept.keep(asked.json, figures)


def measure(clients: int, events: int, per_second: float) -> kept.Row:
    """So many clients, on servers of its own; times in ms."""
    with postgres_server() as database_url, valkey_server() as valkey, tempfile.TemporaryDirectory() as folder:
        migrations.upgrade(database_url)
        key = token_urlsafe(32)
        env = {
            **os.environ, "DATABASE_URL": database_url, "REDIS_URL": valkey.url, "CELERY_BROKER_URL": valkey.broker_url,
            "JWT_SECRET_KEY": key, "AI_CONSPECTS_HOME": folder, "AI_CONSPECTS_LOG_LEVEL": "WARNING",
        }  # fmt: skip
        users, tokens = accounts(connect(database_url, ring=lambda _: None), key, clients)
        (Path(folder) / "users").write_text("\n".join(map(str, users)))
        raw = raw_latencies(valkey.url, events, per_second)
        with serving(env) as (port, pid):
            listening = Clients(port, events)
            worker = [sys.executable, "-m", "bench.events", "--events", str(events), "--per-second", str(per_second)]
            client_kb = asyncio.run(listening.all(tokens, pid, [*worker, WORKER, f"{folder}/users"], env))
    arrived = {"clients": clients, "arrived": len(listening.taken_s), "client_kb": round(client_kb)}
    return {**arrived, **milliseconds("raw_", raw), **milliseconds("", listening.taken_s)}


def milliseconds(name: str, taken_s: list[float]) -> kept.Row:
    """Median, 99th percentile and the longest."""
    cuts = statistics.quantiles([1000 * each for each in taken_s], n=100)
    longest = 1000 * max(taken_s)
    return {
        f"{name}p50_ms": round(cuts[49], 2),
        f"{name}p99_ms": round(cuts[98], 2),
        f"{name}max_ms": round(longest, 2),
    }


def accounts(database: Database, key: str, count: int) -> tuple[list[UUID], list[str]]:
    """Users with a session each, and their access tokens."""
    tokens = AccessTokens(key, 3_600)
    with database.transaction(as_system="a bench") as session:
        users = [User(device_id=f"device-{uuid4()}") for _ in range(count)]
        session.add_all(users)
        session.flush()
        logins = [AuthSession(user_id=user.id) for user in users]
        session.add_all(logins)
        session.flush()
        issued = [tokens.issue(Claims(login.user_id, login.id, 0), now()) for login in logins]
        ids = [user.id for user in users]
    database.dispose()
    return ids, issued


def work(users: list[UUID], events: int, per_second: float) -> None:
    """What a worker does: change a row, say so, commit."""
    announce = announcer(os.environ["REDIS_URL"])
    database = connect(os.environ["DATABASE_URL"], ring=lambda _: None, announce=announce)
    began = time.monotonic()
    for number in range(events):
        time.sleep(max(0.0, began + number / per_second - time.monotonic()))
        with database.transaction(as_system="a bench") as session:
            user = session.get_one(User, users[number * 7919 % len(users)])
            user.settings = {"number": number}
            publish(session, Event(user.id, EventType.BATCH_PROGRESS, {"sent": time.time(), "number": number}))
    database.dispose()


def raw_latencies(url: str, events: int, per_second: float) -> list[float]:
    """XADD in one thread, a blocked XREAD in another."""
    taken: list[float] = []

    def read() -> None:
        client, last = redis.Redis.from_url(url), b"0"
        while len(taken) < events:
            found: Any = client.xread({"raw": last}, block=1_000)
            for last, fields in found[0][1] if found else ():  # noqa: B007 (read on from there)
                taken.append(time.time() - float(fields[b"sent"]))
        client.close()

    reading = threading.Thread(target=read)
    reading.start()
    writer, began = redis.Redis.from_url(url), time.monotonic()
    for number in range(events):
        time.sleep(max(0.0, began + number / per_second - time.monotonic()))
        writer.xadd("raw", {"sent": str(time.time())})
    reading.join()
    writer.close()
    return taken


@contextmanager
def serving(env: dict[str, str]) -> Iterator[tuple[int, int]]:
    """A uvicorn's port and process id."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", "ai_conspects.main:create_app", "--port", str(port)]
    with subprocess.Popen([*command, "--no-access-log", "--log-level", "warning"], env=env) as process:
        try:
            until(lambda: _answers(port), deadline_s=120)
            yield port, process.pid
        finally:
            process.terminate()
            process.wait(30)


def _answers(port: int) -> bool:
    return answers(f"http://127.0.0.1:{port}/v1/health/live")


def rss_kb(pid: int) -> int:
    """What a process holds in memory."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS:"))


def show(figures: list[kept.Row], events: int) -> None:
    """The table: each time as the median, the 99th percentile, the longest."""
    table = Table("clients", "arrived", "XADD to XREAD, ms", "commit to client, ms", "a client in the API, kB")
    for row in figures:
        raw, ours = (" / ".join(str(row[f"{kind}{one}_ms"]) for one in ("p50", "p99", "max")) for kind in ("raw_", ""))
        table.add_row(f"{row['clients']:,}", f"{row['arrived']} of {events}", raw, ours, str(row["client_kb"]))
    Console(width=110).print(table)


if __name__ == "__main__":
    main()
