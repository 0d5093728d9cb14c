"""The schema's history, by Alembic. A migration is never edited after it landed; add one."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, text
from sqlalchemy.pool import NullPool

from ai_conspects.core.db import sqlalchemy_url
from ai_conspects.core.errors import DomainError

DEFAULT_DIMENSIONS = 384


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


def upgrade(url: str, revision: str = "head", *, dimensions: int = DEFAULT_DIMENSIONS) -> None:
    """Bring the database to a revision. Several at a time wait for each other.

    Raises `WrongDimensions`: no vector of another length than its own fits into a database.
    """
    command.upgrade(config(url, dimensions), revision)
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
