"""Whose rows a transaction may see: one user's, or all of them for work of the server's own, which says what it is.

It is the database that holds to it, by the policies of migration 0011: a query that forgot its owner finds nothing of
anybody else's. It is no defence against whoever can run SQL of their own choice.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from sqlalchemy import Connection, Engine, event
from sqlalchemy.exc import InternalError, PendingRollbackError
from sqlalchemy.orm import Session, SessionTransaction, sessionmaker

log = structlog.get_logger()

PLAIN_ROLE = "ai_conspects_app"
"""A role that owns nothing and that policies bind: the embedded server's own, and what a superuser's URL becomes."""

# every transaction begins with one of these, so they go to the driver as they are
_SET = "SELECT set_config('app.user_id', %(user_id)s, true), set_config('app.system', %(system)s, true)"
_SET_AND_PROVE = """
SELECT CASE WHEN set_config('app.user_id', %(user_id)s, true) IS NOT NULL
             AND set_config('app.system', %(system)s, true) IS NOT NULL THEN EXISTS ({}) END
"""
_BYPASSES = "SELECT rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"
_DECLARE = "SELECT set_config('app.user_id', '', false), set_config('app.system', '', false)"
_STEP_DOWN = f"""
SELECT set_config('role', '{PLAIN_ROLE}', false) FROM pg_roles
WHERE rolname = '{PLAIN_ROLE}' AND has_table_privilege(rolname, to_regclass('users'), 'DELETE')
"""  # noqa: S608  # a constant's


@dataclass(frozen=True)
class Scope:
    """One user, or a reason why all of them are needed."""

    user_id: UUID | None = None
    system: str = ""

    def __post_init__(self) -> None:
        if (self.user_id is None) == (not self.system):
            raise TypeError("A transaction is for one user or, with a reason, for the system.")


@dataclass(frozen=True)
class Proof:
    """What whoever enters must see: a SELECT as psycopg takes it, its values, and what to raise without it."""

    select: str
    values: Mapping[str, object]
    refused: type[Exception]


def enter(session: Session, scope: Scope, proof: Proof | None = None) -> None:
    """What the session's transaction will see, from its first statement on; that is the one which asks for `proof`."""
    session.info["scope"] = scope
    if proof is not None:
        session.info["proof"] = proof


@contextmanager
def elevated(session: Session, why: str) -> Iterator[None]:
    """For figures about the whole server in the middle of a user's transaction. Nobody's words may come out of it."""
    scope: Scope = session.info["scope"]
    _set(session.connection(), Scope(system=why))
    try:
        yield
    finally:
        # a statement failed, or the connection is gone: the transaction can only be undone, and this with it
        with suppress(InternalError, PendingRollbackError):
            _set(session.connection(), scope)


def bind(engine: Engine, sessions: sessionmaker[Session]) -> None:
    """Every connection begins without a scope, every transaction of these sessions with its own."""
    event.listen(engine, "connect", _begin_without)

    @event.listens_for(sessions, "after_begin")
    def began(session: Session, transaction: SessionTransaction, connection: Connection) -> None:
        if not transaction.nested:
            _enter(connection, session.info["scope"], session.info.get("proof"))


def _enter(connection: Connection, scope: Scope, proof: Proof | None) -> None:
    """Both in one statement: every request begins so."""
    if proof is None:
        _set(connection, scope)
        return
    asked = {**_values(scope), **proof.values}
    if not connection.exec_driver_sql(_SET_AND_PROVE.format(proof.select), asked).scalar_one():
        raise proof.refused


def _set(connection: Connection, scope: Scope) -> None:
    connection.exec_driver_sql(_SET, _values(scope))


def _values(scope: Scope) -> dict[str, str]:
    return {"user_id": str(scope.user_id or ""), "system": scope.system}


def _begin_without(connection: Any, _: object) -> None:
    """A superuser, whom no policy binds, becomes the plain role; where there is none, the log says what that means."""
    with connection.cursor() as cursor:
        cursor.execute(_DECLARE)
        if cursor.execute(_BYPASSES).fetchone()[0] and not cursor.execute(_STEP_DOWN).fetchone():
            log.warning("database.no_second_wall", meaning="DATABASE_URL names a superuser; see docs/security.md")
    connection.commit()
