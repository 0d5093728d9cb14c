"""This machine's own PostgreSQL: makes its data folder, describes the service, and makes the role and the database."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import LiteralString
from urllib.parse import quote

import psycopg
from psycopg import sql

from ai_conspects.core.scopes import PLAIN_ROLE
from ai_conspects.embedded import processes
from ai_conspects.embedded.account import Account
from ai_conspects.embedded.child import Service, Stage
from ai_conspects.embedded.errors import NotReady
from ai_conspects.embedded.paths import own
from ai_conspects.embedded.secrets import write_private

ADMIN = "postgres"
OWNER = "ai_conspects"
DATABASE = "ai_conspects"

INITDB = ("-E", "UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--no-instructions")
# With the plain `C` locale, lower() and ilike do nothing to Russian; PostgreSQL's own C.UTF-8 is the same everywhere.

OPTIONS: Mapping[str, str] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "jit": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "recovery_init_sync_method": "syncfs",
    "log_timezone": "UTC",
    # A log must not hold what people said: no statement, no parameter, no DETAIL with the row's values.
    "log_min_error_statement": "panic",
    "log_parameter_max_length_on_error": "0",
    "log_error_verbosity": "terse",
}

ENV = {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"}


@dataclass(frozen=True)
class Postgres:
    """Where a server and its programs live, who runs it, and its passwords. `options` are added to `OPTIONS`."""

    programs: Path
    data: Path
    sockets: Path
    account: Account | None
    admin_password: str = field(repr=False)
    owner_password: str = field(repr=False)
    app_password: str = field(repr=False)
    options: Mapping[str, str] = field(default_factory=dict)

    @property
    def admin_url(self) -> str:
        """The superuser's URL."""
        return url(ADMIN, self.admin_password, "postgres", self.sockets)

    @property
    def owner_url(self) -> str:
        """That of the tables' owner, for migrations, backup and restore."""
        return url(OWNER, self.owner_password, DATABASE, self.sockets)

    @property
    def url(self) -> str:
        """The application's URL: of a role that owns nothing."""
        return url(PLAIN_ROLE, self.app_password, DATABASE, self.sockets)

    def initialise(self, log: Path) -> None:
        """Make the data folder, whole or not at all; nothing happens if it's there."""
        if self.data.exists():
            return
        folder = self.data.parent
        own(folder, self.account)
        fresh, password = folder / "data.new", folder / "password.new"
        shutil.rmtree(fresh, ignore_errors=True)
        write_private(password, self.admin_password)
        if self.account:
            os.chown(password, self.account.uid, self.account.gid)
        try:
            self._initdb(fresh, password, log)
        finally:
            password.unlink()
        fresh.rename(self.data)

    def service(self) -> Service:
        """The server. Stopped by SIGINT (fast: open transactions are undone, everything is written), then SIGQUIT."""
        settings = {**OPTIONS, "unix_socket_directories": str(self.sockets), **self.options}
        return Service(
            name="postgres",
            argv=(
                *(str(self.programs / "postgres"), "-D", str(self.data)),
                *(part for name, value in settings.items() for part in ("-c", f"{name}={value}")),
            ),
            ready=self._answers,
            env=ENV,
            stage=Stage.DATABASE,
            ready_s=300,  # recovery after a crash reads the log again
            cwd=Path("/"),
            account=self.account,
            stop_signals=(signal.SIGINT, signal.SIGQUIT),
            grace_s=30,
            orphan_signal=signal.SIGINT,
            prepare=self.end_stale,
        )

    def provision(self) -> None:
        """The roles, the database and the extension; safe to repeat."""
        with psycopg.connect(self.admin_url, autocommit=True) as admin:
            for role, password in ((OWNER, self.owner_password), (PLAIN_ROLE, self.app_password)):
                if not _exists(admin, "SELECT 1 FROM pg_roles WHERE rolname = %s", role):
                    admin.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
                admin.execute(sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(password)))
            if not _exists(admin, "SELECT 1 FROM pg_database WHERE datname = %s", DATABASE):
                admin.execute(
                    sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(DATABASE), sql.Identifier(OWNER))
                )
        with psycopg.connect(url(ADMIN, self.admin_password, DATABASE, self.sockets), autocommit=True) as admin:
            admin.execute("CREATE EXTENSION IF NOT EXISTS vector")

    def end_stale(self) -> None:
        """Stop a server that an earlier run left on these data, and forget a pid file that tells of nobody."""
        pid_file = self.data / "postmaster.pid"
        processes.end(self._servers, lambda found: processes.send(found & _pid(pid_file), signal.SIGINT), grace_s=20)
        if Path("/proc/self").exists():  # else PostgreSQL judges the file by itself
            pid_file.unlink(missing_ok=True)

    def _servers(self) -> set[int]:
        return processes.working_in("postgres", self.data)

    def _initdb(self, fresh: Path, password: Path, log: Path) -> None:
        argv = [str(self.programs / "initdb"), "-D", str(fresh), "-U", ADMIN, f"--pwfile={password}"]
        become = {"user": self.account.uid, "group": self.account.gid, "extra_groups": []} if self.account else {}
        done = subprocess.run(
            [*argv, "--auth=scram-sha-256", *INITDB],
            env=ENV,
            cwd="/",
            umask=0o077,
            capture_output=True,
            text=True,
            check=False,
            **become,  # type: ignore[call-overload]  # the stubs don't take keyword arguments from a dict
        )
        if done.returncode:
            raise NotReady("initdb", f"failed (exit {done.returncode})", log, done.stderr.strip())

    def _answers(self) -> bool:
        try:
            with psycopg.connect(self.admin_url, connect_timeout=5):
                return True
        except psycopg.OperationalError:
            return False


def url(user: str, password: str, database: str, sockets: Path) -> str:
    """`postgresql://…` of a server that listens in this folder."""
    return f"postgresql://{user}:{quote(password, safe='')}@/{database}?host={quote(str(sockets))}"


def memory_options(memory_bytes: int, connections: int) -> dict[str, str]:
    """An eighth of the machine's memory as shared buffers (64 MiB to 1 GiB): the models need the rest."""
    buffers_mb = min(1024, max(64, memory_bytes // 8 // 2**20))
    return {"shared_buffers": f"{buffers_mb}MB", "max_connections": str(max(100, connections))}


def _exists(admin: psycopg.Connection, query: LiteralString, name: str) -> bool:
    return admin.execute(query, (name,)).fetchone() is not None


def _pid(pid_file: Path) -> set[int]:
    try:
        return {int(pid_file.read_text().split("\n", 1)[0])}
    except (OSError, ValueError):
        return set()
