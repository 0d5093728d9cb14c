"""Alembic's entry: one connection, one transaction, and a lock, so that of two servers one migrates."""

from typing import Any

from alembic import context
from sqlalchemy import create_engine, pool, text

from ai_conspects.models import Base

MIGRATION_LOCK = 0x41434F4E  # any number, the same for every release

LOCK_TIMEOUT = text("SET LOCAL lock_timeout = '2s'")
"""A change of a table waits for whoever uses it, and everybody else waits behind it: never for long. See `upgrade`."""


EVERYBODYS_ROWS = text("SET LOCAL app.system = 'migration'")


def include_object(_object: Any, _name: str | None, kind: str, _reflected: bool, _compare_to: Any) -> bool:
    return kind != "column" or _name != "embedding"  # its length is the database's own, not the model's


def run() -> None:
    """Run the migrations asked for."""
    engine = create_engine(context.config.attributes["url"], poolclass=pool.NullPool)
    with engine.connect() as connection:
        context.configure(
            connection=connection, target_metadata=Base.metadata, compare_type=True, include_object=include_object
        )
        with context.begin_transaction():
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": MIGRATION_LOCK})
            connection.execute(EVERYBODYS_ROWS)
            connection.execute(LOCK_TIMEOUT)  # after that lock: another server's migration is waited for to its end
            context.run_migrations()
    engine.dispose()


run()
