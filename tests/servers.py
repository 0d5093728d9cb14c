"""Servers of a test run's own, from the same wheels and by the same code as the embedded stack, but without fsync."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ai_conspects.embedded import account, paths, programs
from ai_conspects.embedded.child import Child, Service
from ai_conspects.embedded.postgres import Postgres
from ai_conspects.embedded.valkey import Valkey

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "max_connections": "200"}


@contextmanager
def short_folder() -> Iterator[Path]:
    """A new folder that PostgreSQL's account can traverse and whose sockets have short paths; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="aic-", dir="/tmp"))
    folder.chmod(paths.traversable_mode())
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


@contextmanager
def running(service: Service, logs: Path) -> Iterator[Child]:
    """The service, ready; stopped at the end."""
    child = Child(service, logs)
    try:
        child.start()
        child.wait_ready()
        yield child
    finally:
        child.stop()


@contextmanager
def postgres_server() -> Iterator[str]:
    """A running PostgreSQL; gives its superuser's URL."""
    with short_folder() as folder:
        runs_as = account.choose(folder)
        data, sockets = folder / "postgres" / "data", folder / "pg"
        found = programs.postgres(data, runs_as, folder / "programs")
        paths.own(sockets, runs_as)
        server = Postgres(found, data, sockets, runs_as, "test-admin", "test-owner", "test-app", NOT_DURABLE)
        server.initialise(folder / "initdb.log")
        with running(server.service(), folder):
            yield server.admin_url


@contextmanager
def valkey_server() -> Iterator[Valkey]:
    """A running Valkey, with its URLs for redis-py and for Celery."""
    with short_folder() as folder:
        data = folder / "valkey"
        paths.own(data)
        server = Valkey(programs.valkey(), data, folder / "valkey.sock", "test-password")
        with running(server.service(), folder):
            yield server
