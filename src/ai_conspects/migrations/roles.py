"""Who may use the tables besides their owner: the role that the server connects as, which owns nothing."""

from psycopg import errors
from sqlalchemy import Connection, create_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from ai_conspects.core.db import sqlalchemy_url
from ai_conspects.core.scopes import PLAIN_ROLE

_LOCK = text("SELECT pg_advisory_xact_lock(hashtext('ai_conspects: grants'))")
_MISSING = text("""
SELECT EXISTS (
    SELECT FROM pg_class
    WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'
      AND NOT has_table_privilege(:role, oid, 'DELETE')
)
""")
_IS_SUPERUSER = text("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
_EXISTS = text("SELECT EXISTS (SELECT FROM pg_roles WHERE rolname = :role)")


def let_in(url: str, role: str) -> None:
    """Let a role read and write every table of the owner's database, and nothing else; safe to repeat.

    Without a role: a superuser makes the one as which this server then works, since no policy binds a superuser.
    """
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.begin() as connection:
        connection.execute(_LOCK)
        if not role and connection.scalar(_IS_SUPERUSER):
            _make(connection, role := PLAIN_ROLE)
        if role and connection.scalar(_MISSING, {"role": role}):
            quoted = connection.scalar(text("SELECT quote_ident(:role)"), {"role": role})
            schema = connection.scalar(text("SELECT quote_ident(current_schema())"))
            connection.execute(text(f"GRANT USAGE ON SCHEMA {schema} TO {quoted}"))
            tables = f"ALL TABLES IN SCHEMA {schema}"
            connection.execute(text(f"GRANT SELECT, INSERT, UPDATE, DELETE ON {tables} TO {quoted}"))
            connection.execute(text(f"REVOKE INSERT, UPDATE, DELETE ON alembic_version FROM {quoted}"))


def _make(connection: Connection, role: str) -> None:
    """Roles are the whole server's: another database's migration may be making it at this moment."""
    if connection.scalar(_EXISTS, {"role": role}):
        return
    try:
        with connection.begin_nested():
            connection.execute(text(f"CREATE ROLE {role} NOLOGIN"))
    except DBAPIError as error:
        if not isinstance(error.orig, errors.DuplicateObject | errors.UniqueViolation):
            raise
