"""Requests a second and how long they take: status, the list of notes and search, beside bare FastAPI with one SELECT.

`python -m bench.api [--seconds 4] [--notes 1000]`. One uvicorn process each, a real PostgreSQL and Valkey, limits
counted, a line in the log for each; the bare route asks for no token and counts no limit. The client keeps so many
connections busy, on the processors of the servers. The routes are asked in turns.
Goal: status at 0.6 of the bare route's throughput.
"""

import argparse
import asyncio
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from secrets import token_urlsafe

from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from tests import data
from tests.api.processes import free_port
from tests.builders import a_batch
from tests.e2e.waiting import until
from tests.servers import postgres_server, valkey_server

from ai_conspects import migrations
from ai_conspects.accounts.tokens import AccessTokens, Claims
from ai_conspects.core.clock import now
from ai_conspects.core.db import connect
from ai_conspects.embedded.services import answers
from ai_conspects.models import AuthSession, ProcessingBatch, User
from bench import crowd, kept

CLIENTS = (1, 2, 4, 8, 16, 32, 64)
ROUNDS = 2
UNLIMITED = {f"AI_CONSPECTS_RATE__{kind}_PER_MINUTE": "1000000000" for kind in ("API", "CHAT", "AUTH", "SUBMIT")}


@dataclass(frozen=True)
class Taken:
    """One route at one number of clients: requests a second, and milliseconds."""

    route: str
    clients: int
    per_second: float
    p50_ms: float
    p99_ms: float


def main() -> None:
    """Measure and print; with `--json`, keep the figures for the plots."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=4)
    parser.add_argument("--notes", type=int, default=1_000)
    kept.option(parser)
    asked = parser.parse_args()
    found = measure(asked.seconds, asked.notes)
    show(found)
    kept.keep(asked.json, [asdict(each) for each in found])


def measure(seconds: float, notes: int) -> list[Taken]:
    """The whole of it, on servers of its own."""
    with postgres_server() as url, valkey_server() as valkey, tempfile.TemporaryDirectory() as folder:
        migrations.upgrade(url)
        key = token_urlsafe(32)
        token, batch = fill(url, key, notes)
        env = {
            **os.environ, **UNLIMITED, "DATABASE_URL": url, "REDIS_URL": valkey.url, "JWT_SECRET_KEY": key,
            "CELERY_BROKER_URL": valkey.broker_url, "AI_CONSPECTS_HOME": folder,
            "BENCH_DATABASE": url,
        }  # fmt: skip
        with (
            serving(env, "bench.api_bare:app") as bare,
            serving(env, "--factory", "ai_conspects.main:create_app") as ours,
        ):
            routes = {
                "bare": request(bare, f"/batches/{batch.id}/status", token),
                "status": request(ours, f"/v1/batches/{batch.client_id}/status", token),
                "notes": request(ours, "/v1/notes?limit=20", token),
                "search": request(ours, "/v1/search?q=computer&limit=10", token),
            }
            for port, sent in routes.values():  # each route's first answers load what it needs
                asyncio.run(load(port, sent, 1, 0.5))
            return [taken(name, clients, routes[name], seconds) for clients in CLIENTS for name in routes]


def fill(url: str, key: str, notes: int) -> tuple[str, ProcessingBatch]:
    """A user with so many notes and a batch under way, among others: an access token and the batch."""
    paragraphs = [("en", text) for text in data.xquad("en")[0]]
    crowd.fill(url, paragraphs, notes * 10, notes, pool=1_000)
    database = connect(url, ring=lambda _: None)
    with database.transaction(as_system="a bench") as session:
        user_id = session.scalars(select(User.id).where(User.device_id == "crowd-0")).one()
        a_batch(session, user_id, recordings=3)
        login = AuthSession(user_id=user_id)
        session.add(login)
        session.flush()
        token = AccessTokens(key, 86_400).issue(Claims(user_id, login.id, 0), now())
        batch = session.scalars(select(ProcessingBatch).where(ProcessingBatch.user_id == user_id)).one()
    database.dispose()
    return token, batch


@contextmanager
def serving(env: dict[str, str], *app: str) -> Iterator[int]:
    """A uvicorn's port."""
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", *app, "--port", str(port), "--no-access-log", "--log-level", "warning"]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as process:  # each request is a line there
        try:
            until(lambda: answers(f"http://127.0.0.1:{port}/openapi.json"))
            yield port
        finally:
            process.terminate()
            process.wait(30)


def request(port: int, path: str, token: str) -> tuple[int, bytes]:
    """Where, and the request's bytes."""
    return port, f"GET {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\n\r\n".encode()


def taken(name: str, clients: int, route: tuple[int, bytes], seconds: float) -> Taken:
    """The better of two rounds: the other may have had less of the machine."""
    rounds = [asyncio.run(load(*route, clients, seconds)) for _ in range(ROUNDS)]
    best = max(rounds, key=len)
    cuts = statistics.quantiles(best, n=100)
    return Taken(name, clients, round(len(best) / seconds, 1), round(1e3 * cuts[49], 2), round(1e3 * cuts[98], 2))


async def load(port: int, sent: bytes, clients: int, seconds: float) -> list[float]:
    """So many connections, each asking again as soon as it is answered: how long each answer took, in seconds."""
    until_s, took = time.perf_counter() + seconds, []

    async def one() -> None:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (began := time.perf_counter()) < until_s:
            writer.write(sent)
            head = await reader.readuntil(b"\r\n\r\n")
            assert head.startswith(b"HTTP/1.1 200"), head
            length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
            await reader.readexactly(int(length.split(b":")[1]))
            took.append(time.perf_counter() - began)
        writer.close()

    await asyncio.gather(*(one() for _ in range(clients)))
    return took


def show(found: list[Taken]) -> None:
    """The table, with each route's throughput beside the bare one's at as many clients."""
    table = Table("route", "clients", "requests/s", "p50 ms", "p99 ms", "of bare", title="one API process")
    bare = {each.clients: each.per_second for each in found if each.route == "bare"}
    for each in found:
        share = f"{each.per_second / bare[each.clients]:.2f}"
        table.add_row(
            each.route, str(each.clients), f"{each.per_second:.0f}", f"{each.p50_ms}", f"{each.p99_ms}", share
        )
    Console(width=100).print(table)


if __name__ == "__main__":
    main()
