"""A PostgreSQL and a Valkey that listen on TCP ports of the loopback, as servers of somebody else's would."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace

import psycopg
from psycopg import sql

from ai_conspects.embedded import account, listening, paths, programs
from ai_conspects.embedded.postgres import Postgres
from ai_conspects.embedded.valkey import Valkey
from tests.servers import NOT_DURABLE, running, short_folder

PASSWORD = "test-password"


@dataclass(frozen=True)
class TcpPostgres:
    """`url` is an empty database's, by its owner, who is no superuser; `admin_url` is the same by one who is."""

    url: str = field(repr=False)
    admin_url: str = field(repr=False)


@contextmanager
def tcp_postgres() -> Iterator[TcpPostgres]:
    """A running server."""
    port = listening.free_port("127.0.0.1", 0)
    with short_folder() as folder:
        runs_as = account.choose(folder)
        data, sockets = folder / "postgres" / "data", folder / "pg"
        paths.own(sockets, runs_as)
        found = programs.postgres(data, runs_as, folder / "programs")
        server = Postgres(found, data, sockets, runs_as, PASSWORD, PASSWORD, PASSWORD, NOT_DURABLE)
        server.initialise(folder / "initdb.log")
        place = f"127.0.0.1:{port}"
        admin = f"postgresql://postgres:{PASSWORD}@{place}/postgres"
        service = server.service()
        listen = ("-c", "listen_addresses=127.0.0.1", "-c", f"port={port}")
        with running(replace(service, argv=(*service.argv, *listen), ready=lambda: _answers(admin)), folder):
            with psycopg.connect(admin, autocommit=True) as connection:
                connection.execute(sql.SQL("CREATE ROLE operator LOGIN PASSWORD {}").format(sql.Literal(PASSWORD)))
                connection.execute("CREATE DATABASE conspects OWNER operator")
            yield TcpPostgres(
                f"postgresql://operator:{PASSWORD}@{place}/conspects",
                f"postgresql://postgres:{PASSWORD}@{place}/conspects",
            )


@contextmanager
def tcp_valkey() -> Iterator[str]:
    """Its URL without the number of a database: `redis://:password@127.0.0.1:port`."""
    port = listening.free_port("127.0.0.1", 0)
    with short_folder() as folder:
        data = folder / "valkey"
        paths.own(data)
        service = Valkey(programs.valkey(), data, folder / "valkey.sock", PASSWORD).service()
        listen = ("--port", str(port), "--bind", "127.0.0.1")
        with running(replace(service, argv=(*service.argv, *listen)), folder):
            yield f"redis://:{PASSWORD}@127.0.0.1:{port}"


def _answers(url: str) -> bool:
    try:
        with psycopg.connect(url, connect_timeout=5):
            return True
    except psycopg.OperationalError:
        return False
