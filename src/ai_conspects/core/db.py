"""Connections and transactions. Nothing else in the code commits."""

import select
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Self, overload
from urllib.parse import urlsplit, urlunsplit
from uuid import UUID

import psycopg
from pgvector import Vector
from pgvector.psycopg.vector import VectorBinaryDumper
from psycopg.pq import Format
from psycopg.rows import TupleRow
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection, ExecutionContext
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.orm import Session, sessionmaker
from sqlalchemy.pool import ConnectionPoolEntry

from ai_conspects.core import events, failpoints, jobs, metrics, scopes
from ai_conspects.core.scopes import Proof, Scope

psycopg.adapters.register_dumper(Vector, VectorBinaryDumper)  # as bytes, not as the text of hundreds of numbers


@dataclass(frozen=True)
class Database:
    """The engine, and what to do with the jobs and events that a committed transaction leaves behind.

    `record` writes what must not be lost of the events, before the commit.
    """

    engine: Engine
    sessions: sessionmaker[Session]
    ring: jobs.Ring
    announce: events.Announce = events.unannounced
    record: events.Record = events.unrecorded

    @overload
    def transaction(self, *, as_user: UUID) -> AbstractContextManager[Session]: ...
    @overload
    def transaction(self, *, as_system: str) -> AbstractContextManager[Session]: ...
    def transaction(self, *, as_user: UUID | None = None, as_system: str = "") -> AbstractContextManager[Session]:
        """A session whose work is committed at the end, or undone as a whole; jobs and events leave after that.

        It sees and writes the rows of one user, or everybody's `as_system`, which says what for. There is no default.
        """
        return self._transaction(Scope(as_user, as_system))

    @contextmanager
    def _transaction(self, scope: Scope) -> Iterator[Session]:
        session = self.prepare(scope)
        with self.committed(session):
            yield session

    def prepare(self, scope: Scope, proof: Proof | None = None) -> Session:
        """A session whose transaction is yet to begin, by `committed`. The first statement raises what `proof` says."""
        session = self.sessions(autobegin=False)
        scopes.enter(session, scope, proof)
        return session

    @contextmanager
    def committed(self, session: Session) -> Iterator[None]:
        """The one transaction of a session that was prepared: `transaction` in two parts."""
        with session:
            with session.begin():
                yield
                self.record(session, events.pending(session))
            pending, told = jobs.take(session), events.take(session)
        if pending:
            failpoints.reached("ring")
        jobs.ring_all(self.ring, pending)
        events.announce_all(self.announce, told)

    def dispose(self) -> None:
        """Close every pooled connection."""
        self.engine.dispose()


def connect(
    url: str,
    *,
    ring: jobs.Ring,
    announce: events.Announce = events.unannounced,
    record: events.Record = events.unrecorded,
    pool_size: int = 5,
    application_name: str = "ai-conspects",
) -> Database:
    """A database for `postgresql://…`; a connection that the server has ended is not used, so a restart is no error.

    A statement may take 30 s and a lock may be waited for 10 s; both are far above anything that works well.
    """
    engine = create_engine(
        sqlalchemy_url(url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_timeout=10,
        hide_parameters=True,  # a statement's values are what users said; they stay out of errors and logs
        connect_args={
            "application_name": application_name,
            "connect_timeout": 5,
            "keepalives_idle": 30,
            "keepalives_interval": 10,
            "keepalives_count": 3,
            "tcp_user_timeout": 60_000,  # ms; a server behind a broken network is given up, not waited for
            "options": "-c statement_timeout=30s -c lock_timeout=10s -c timezone=UTC",
            "cursor_factory": _TimedCursor,
        },
    )
    _pass_over_ended(engine)
    _answer_in_bytes(engine)
    sessions = sessionmaker(engine, expire_on_commit=False)
    scopes.bind(engine, sessions)
    return Database(engine, sessions, ring, announce, record)


class _TimedCursor(psycopg.Cursor[TupleRow]):
    """Times statements. SQLAlchemy's events for it took 20 µs of each."""

    def execute(self, *given: Any, **more: Any) -> Self:
        began = perf_counter()
        super().execute(*given, **more)
        metrics.DATABASE_TIME.observe(perf_counter() - began)
        return self

    def executemany(self, *given: Any, **more: Any) -> None:
        began = perf_counter()
        super().executemany(*given, **more)
        metrics.DATABASE_TIME.observe(perf_counter() - began)


def _answer_in_bytes(engine: Engine) -> None:
    """Rows of a statement with the option `binary` come as bytes: as text, a column of bytes is twice as long."""

    @event.listens_for(engine, "do_execute")
    def before(cursor: Any, statement: str, parameters: Any, context: ExecutionContext) -> None:
        if context.execution_options.get("binary"):
            cursor.format = Format.BINARY


def _pass_over_ended(engine: Engine) -> None:
    """An idle connection has nothing to read, but the goodbye of a server that stopped: only then it is pinged.

    To ping every one before use would cost each request a round trip. A new one isn't looked at: after two in a row the
    pool gives up, by an error that tells of no database away; that of the first statement does.
    """

    @event.listens_for(engine, "checkout")
    def checked(connection: DBAPIConnection, record: ConnectionPoolEntry, *_: object) -> None:
        if not record.info.get("was_used"):
            record.info["was_used"] = True
            return
        try:
            waiting = select.poll()
            waiting.register(connection.pgconn.socket, select.POLLIN)
            alive = not waiting.poll(0) or engine.dialect.do_ping(connection)
        except psycopg.Error:
            alive = False
        if not alive:
            raise DisconnectionError


def sqlalchemy_url(url: str) -> str:
    """`postgresql://…`, as the protocol writes it, with the driver that this server uses."""
    scheme, *rest = urlsplit(url)
    if scheme in {"postgresql", "postgres"}:
        scheme = "postgresql+psycopg"
    return urlunsplit((scheme, *rest))
