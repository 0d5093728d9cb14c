"""Brings a backup back: the file is read whole first, then the audio is stored, then every row in one transaction."""

import time
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import psycopg
from alembic.script import ScriptDirectory

from ai_conspects import migrations
from ai_conspects.backup import tables
from ai_conspects.backup.archive import Archive, Manifest
from ai_conspects.backup.errors import InUse, NotEmpty, OfLaterRelease
from ai_conspects.batches.service import refresh_batch
from ai_conspects.batches.submission import AUDIO_PREFIX
from ai_conspects.core.db import connect
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.uploads.service import PREFIX

LEAVING_S = 2.0
_EVERY_ROW = "-c app.system=restore"

_OTHERS = """
SELECT FROM pg_stat_activity
WHERE datname = current_database() AND usesysid IS NOT NULL AND pid <> pg_backend_pid()
"""


@dataclass(frozen=True)
class Restored:
    """What stands now. `made_at` is when the backup was made."""

    users: int
    recordings: int
    notes: int
    objects: int
    made_at: str


def restore(
    url: str, store: ObjectStore, path: Path, *, replace: bool, dimensions: int, app_role: str = ""
) -> Restored:
    """Fill an empty database and its store; with `replace` whatever is there is removed first.

    Nothing may run on them meanwhile. Raises `BackupDamaged`, `OfLaterRelease`, `WrongDimensions`, `InUse`, `NotEmpty`
    before anything is changed. If it fails later, it can be begun again with `replace`. `app_role` may work with
    the tables afterwards.
    """
    archive = Archive(path)
    _check_fits(archive.manifest, url, dimensions)
    _check_alone(url)
    if not replace:
        _check_room(url, store, archive)
    objects = 0
    for key, _, content in archive.members("objects/"):
        store.put_file(key, content)
        objects += 1
    _remake_tables(url, archive.manifest)
    with psycopg.connect(url, options="-c statement_timeout=0") as connection:
        left = _fill(connection, archive)
    migrations.upgrade(url, dimensions=archive.manifest.dimensions, app_role=app_role)
    _refresh(url, left)
    return _counted(url, objects, archive.manifest.created_at)


def _check_fits(manifest: Manifest, url: str, dimensions: int) -> None:
    known = {script.revision for script in ScriptDirectory.from_config(migrations.config(url)).walk_revisions()}
    if manifest.revision not in known:
        raise OfLaterRelease(manifest.revision)
    if manifest.dimensions != dimensions:
        raise migrations.WrongDimensions(manifest.dimensions, dimensions)


def _check_alone(url: str) -> None:
    """Connections that were just closed are a moment in going."""
    deadline = time.monotonic() + LEAVING_S
    with psycopg.connect(url, autocommit=True) as connection:
        while others := connection.execute(_OTHERS).fetchall():
            if time.monotonic() > deadline:
                raise InUse(len(others))
            time.sleep(0.05)


def _check_room(url: str, store: ObjectStore, archive: Archive) -> None:
    """Audio of an earlier try is no hindrance; any other is somebody's, and without its rows it would be swept."""
    with psycopg.connect(url, options=_EVERY_ROW) as connection:
        if tables.revision(connection):
            [users] = connection.execute("SELECT count(*) FROM users").fetchone() or [0]
            if users:
                raise NotEmpty(f"The database holds {users} user(s)")
    for prefix in (AUDIO_PREFIX, PREFIX):
        if any(stored.key not in archive.keys for stored in store.list(prefix)):
            raise NotEmpty("The store holds audio that is not in this backup")


def _remake_tables(url: str, manifest: Manifest) -> None:
    """Empty tables as the backup's release had them: what later ones need is then migrated with the rows there."""
    with psycopg.connect(url) as connection:
        exists = bool(tables.revision(connection))
    if exists:
        migrations.downgrade(url, "base")
    migrations.upgrade(url, manifest.revision, dimensions=manifest.dimensions)


def _fill(connection: psycopg.Connection, archive: Archive) -> list[UUID]:
    """Write every row; the batches that lost a part of their recordings while the backup was made."""
    by_name = {table.name: table for table in archive.manifest.tables}
    walled = tables.walled(connection)
    tables.wall(connection, walled, up=False)  # PostgreSQL copies into no table whose policies bind the one who copies
    for name, _, content in archive.members("tables/"):
        tables.fill(connection, by_name[name.split("/", 1)[0]], content)
    for name, value in archive.manifest.sequences.items():
        tables.set_sequence(connection, name, value)
    tables.wall(connection, walled, up=True)
    left = _remove(connection, archive.gone)
    connection.execute("DELETE FROM uploads WHERE id::text = ANY(%s)", (archive.gone,))
    # nobody works on what was in hand when the backup was made
    connection.execute("UPDATE recording_steps SET lease_until = now() WHERE status = 'running'")
    return left


def _remove(connection: psycopg.Connection, gone: list[str]) -> list[UUID]:
    """Remove recordings, and a batch with its last one, as their owners did; the batches that have others."""
    removed = "DELETE FROM audio_recordings WHERE id::text = ANY(%s) RETURNING batch_id"
    batches = {batch_id for (batch_id,) in connection.execute(removed, (gone,)).fetchall()}
    empty = """
        DELETE FROM processing_batches b WHERE id = ANY(%s)
        AND NOT EXISTS (SELECT FROM audio_recordings WHERE batch_id = b.id) RETURNING id
    """
    return sorted(batches - {batch_id for (batch_id,) in connection.execute(empty, (list(batches),)).fetchall()})


def _refresh(url: str, batches: list[UUID]) -> None:
    """Let each stand as its recordings make it: it may have waited for none but those that were removed."""
    database = connect(url, ring=lambda _: None, application_name="ai-conspects-restore")  # nobody listens yet
    try:
        for batch_id in batches:
            with database.transaction(as_system="restore: batches that lost recordings") as session:
                refresh_batch(session, batch_id)
    finally:
        database.dispose()


def _counted(url: str, objects: int, made_at: str) -> Restored:
    query = "SELECT (SELECT count(*) FROM users), (SELECT count(*) FROM audio_recordings), (SELECT count(*) FROM notes)"
    with psycopg.connect(url, options=_EVERY_ROW) as connection:
        row = connection.execute(query).fetchone()
    assert row is not None  # noqa: S101 (a SELECT of counts gives a row)
    users, recordings, notes = row
    return Restored(users, recordings, notes, objects, made_at)
