"""Is everything here that this server needs? Each part is asked, and the answer names what is missing."""

from collections.abc import Callable
from functools import cache
from typing import Literal

import structlog
from alembic.script import ScriptDirectory
from sqlalchemy import text

from ai_conspects import migrations
from ai_conspects.core import queue
from ai_conspects.core.db import Database

log = structlog.get_logger()

State = Literal["ok", "missing"]


def answers(part: str, ask: Callable[[], None]) -> State:
    """Whether a part answers; why it doesn't stands in the log, since an exception's text may hold an address."""
    try:
        ask()
    except Exception as error:
        log.warning("health.missing", part=part, error=type(error).__name__)
        return "missing"
    return "ok"


def database_answers(database: Database) -> None:
    """Ask the database for nothing. Raises where it is away."""
    with database.transaction(as_system="health") as session:
        session.execute(text("SELECT 1"))


def schema_fits(database: Database, dimensions: int) -> None:
    """Raises where the database has no schema, one older than this release needs, or one for other vectors."""
    with database.transaction(as_system="health") as session:
        revision = session.execute(text("SELECT version_num FROM alembic_version")).scalar_one()
        length = session.scalar(migrations.VECTOR_LENGTH)
    if revision in older_revisions():
        raise LookupError(f"the schema is at {revision}")
    if length != dimensions:
        raise LookupError(f"the database was made for vectors of length {length}, not {dimensions}")


@cache
def older_revisions() -> set[str]:
    """Those that this release knows and has left behind. One that it doesn't know is a later release's, and will do."""
    scripts = ScriptDirectory.from_config(migrations.config("postgresql://"))
    return {script.revision for script in scripts.walk_revisions()} - set(scripts.get_heads())


def queue_answers(broker_url: str) -> None:
    """Raises where the broker is away, or was never named."""
    if not broker_url:
        raise LookupError("no broker is configured")
    queue.ping(broker_url)
