"""The schema's history, by Alembic. A migration is never edited after it landed; add one."""

from pathlib import Path

from alembic import command
from alembic.config import Config

from ai_conspects.core.db import sqlalchemy_url

DEFAULT_DIMENSIONS = 384


def config(url: str, dimensions: int = DEFAULT_DIMENSIONS) -> Config:
    """Alembic's configuration for a database; `dimensions` is the length of its vectors, set by the first migration."""
    made = Config()
    made.set_main_option("script_location", str(Path(__file__).parent))
    made.attributes["url"] = sqlalchemy_url(url)
    made.attributes["dimensions"] = dimensions
    return made


def upgrade(url: str, revision: str = "head", *, dimensions: int = DEFAULT_DIMENSIONS) -> None:
    """Bring the database to a revision. Several at a time wait for each other."""
    command.upgrade(config(url, dimensions), revision)


def downgrade(url: str, revision: str) -> None:
    """Take the database back to a revision (`base`: empty)."""
    command.downgrade(config(url), revision)
