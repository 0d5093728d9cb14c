"""The schema's history, by Alembic. A migration is never edited after it landed; add one."""

import random
import time
from pathlib import Path

from alembic import command
from alembic.config import Config
from psycopg.errors import DeadlockDetected, LockNotAvailable
from sqlalchemy import create_engine, text
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from ai_conspects.core.db import sqlalchemy_url
from ai_conspects.core.errors import DomainError, Unavailable
from ai_conspects.migrations import roles

DEFAULT_DIMENSIONS = 384


TRIES = 30
PAUSE_S = (0.2, 1.0)
"""Between two tries, those who waited behind the last one have their turn."""


class TablesBusy(Unavailable):
    """Somebody holds a table that is to be changed, all the time."""

    code = "tables_busy"
    detail = "The tables are in use without a pause (a long transaction, a dump?). Nothing was changed."


class WrongDimensions(DomainError):
    """The setting asks for vectors of another length than the database was made for."""

    code = "wrong_dimensions"

    def __init__(self, made_for: int, wanted: int) -> None:
        super().__init__(
            f"This database was made for vectors of length {made_for}, and AI_CONSPECTS_EMBEDDINGS__DIMENSIONS is "
            f"{wanted}: set it to {made_for}, or begin with a new database."
        )


def config(url: str, dimensions: int = DEFAULT_DIMENSIONS) -> Config:
    """Alembic's configuration for a database; `dimensions` is the length of its vectors, set by the first migration."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["url"] = sqlalchemy_url(url)
    made.attributes["dimensions"] = dimensions
    return made


def upgrade(url: str, revision: str = "head", *, dimensions: int = DEFAULT_DIMENSIONS, app_role: str = "") -> None:
    """Bring the database to a revision, whole or not at all. Several at a time wait for each other.

    `url` is the owner's; `app_role` may work with the tables afterwards, as `roles.let_in` says.

    Safe while others work on the tables: where one is in use for longer than `env.LOCK_TIMEOUT`, all is undone, so that
    nobody waits behind it, and tried again. Raises `TablesBusy` when that didn't help, and `WrongDimensions`: no vector
    of another length than its own fits into a database.
    """
    for _ in range(TRIES):
        try:
            command.upgrade(config(url, dimensions), revision)
            break
        except OperationalError as error:
            if not isinstance(error.orig, LockNotAvailable | DeadlockDetected):
                raise
            time.sleep(random.uniform(*PAUSE_S))  # noqa: S311  # spreads load; guards no secret
    else:
        raise TablesBusy
    roles.let_in(url, app_role)
    made_for = dimensions_of(url)
    if made_for not in {None, dimensions}:
        raise WrongDimensions(made_for or 0, dimensions)


VECTOR_LENGTH = text(
    "SELECT atttypmod FROM pg_attribute WHERE attrelid = to_regclass('note_chunks') AND attname = 'embedding'"
)
"""The length of the vectors that a database was made for; no row before it holds any."""


def dimensions_of(url: str) -> int | None:
    """The length of the vectors that the database was made for; None before its first migration."""
    engine = create_engine(sqlalchemy_url(url), poolclass=NullPool)
    with engine.connect() as connection:
        found: int | None = connection.scalar(VECTOR_LENGTH)
    return found


def downgrade(url: str, revision: str) -> None:
    """Take the database back to a revision (`base`: empty)."""
    command.downgrade(config(url), revision)
