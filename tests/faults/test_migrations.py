"""A migration runs while others write: nobody sees an error, and nobody waits behind it for long."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import text

from ai_conspects import migrations
from ai_conspects.core.db import Database
from ai_conspects.migrations import TablesBusy
from tests.backup.test_backup import url
from tests.batches.rows import add_batch, add_user

NEXT = """
import sqlalchemy as sa
from alembic import op

revision, down_revision, branch_labels, depends_on = "next", "{head}", None, None


def upgrade() -> None:
    op.create_table("later", sa.Column("id", sa.Uuid(), primary_key=True))
    op.add_column("audio_recordings", sa.Column("mood", sa.String(20), nullable=True))
    op.add_column("recording_steps", sa.Column("cost", sa.Float(), server_default=sa.text("0"), nullable=False))
    op.create_index("ix_mood", "audio_recordings", ["mood"])


def downgrade() -> None:
    raise NotImplementedError
"""
"""What a next release would bring: expand only."""


@pytest.fixture(autouse=True)
def _next_release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration after the last one, found beside the others."""
    made = migrations.config
    folder = tmp_path / "versions"
    folder.mkdir()
    head = ScriptDirectory.from_config(made("postgresql://")).get_current_head()
    (folder / "next.py").write_text(NEXT.replace("{head}", str(head)))
    here = Path(migrations.__file__).parent / "versions"

    def config(of: str, dimensions: int = migrations.DEFAULT_DIMENSIONS) -> Config:
        both = made(of, dimensions)
        both.set_main_option("path_separator", "os")
        both.set_main_option("version_locations", f"{here}:{folder}")
        return both

    monkeypatch.setattr(migrations, "config", config)


@contextmanager
def writers(database: Database, count: int) -> Iterator[list[float]]:
    """This release at work: submits, and steps that are changed; how long each transaction took."""
    stop, took = threading.Event(), list[float]()
    errors: list[Exception] = []

    def write() -> None:
        while not stop.is_set():
            since = time.monotonic()
            try:
                with database.transaction(as_system="a test") as session:
                    add_batch(session, add_user(session), 2)
                    session.execute(text("UPDATE recording_steps SET progress = 0.5 WHERE random() < 0.1"))
                    session.execute(text("DELETE FROM processing_batches WHERE random() < 0.1"))
            except Exception as error:
                if "deadlock" not in str(error):
                    errors.append(error)
            took.append(time.monotonic() - since)

    working = [threading.Thread(target=write) for _ in range(count)]
    for each in working:
        each.start()
    try:
        yield took
    finally:
        stop.set()
        for each in working:
            each.join()
    assert errors == []


def test_writers_see_no_error_while_the_tables_grow(database: Database) -> None:
    with writers(database, 3) as took:
        migrations.upgrade(url(database))
        since = len(took)
        while len(took) < since + 10:  # this release goes on, on the next one's tables
            time.sleep(0.01)
    assert max(took) < 5


def test_nobody_waits_behind_a_migration_that_waits(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(migrations, "TRIES", 2)
    with psycopg.connect(url(database)) as reader, writers(database, 1) as took:
        reader.execute("SELECT count(*) FROM audio_recordings")  # a report that is never closed
        with pytest.raises(TablesBusy):
            migrations.upgrade(url(database))
        reader.rollback()
        migrations.upgrade(url(database))
    assert max(took) < 5
