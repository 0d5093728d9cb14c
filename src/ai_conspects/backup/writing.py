"""Makes a backup while the server works: all rows as of one moment, then the audio that they name."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg

from ai_conspects import __version__, migrations
from ai_conspects.backup import tables
from ai_conspects.backup.archive import FORMAT, MANIFEST, ArchiveWriter, Manifest, manifest_bytes
from ai_conspects.backup.errors import AudioMissing
from ai_conspects.core.clock import now, rfc3339
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.object_storage.base import ObjectStore


@dataclass(frozen=True)
class Made:
    """What a backup holds, for its operator. `sha256` is the whole file's."""

    rows: int
    objects: int
    size_bytes: int
    sha256: str


@dataclass(frozen=True)
class _Object:
    """Audio that a row names. `owner` is the recording's or upload's key; `sha256` where it is known."""

    key: str
    size: int
    sha256: bytes | None
    owner: str


_OBJECTS = """
SELECT s3_key, file_size, sha256, id::text FROM audio_recordings WHERE s3_key IS NOT NULL
UNION ALL SELECT key, size, NULL, upload_id::text FROM upload_parts
"""


def backup(url: str, store: ObjectStore, path: Path) -> Made:
    """Write everything to a new file. Raises `FileExistsError`, `AudioMissing`, `EngineUnavailable`."""
    if path.exists():
        raise FileExistsError(path)
    with psycopg.connect(url, options="-c statement_timeout=0 -c app.system=backup") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        with ArchiveWriter(path) as archive:
            rows = _write_rows(connection, url, archive)
            wanted = [_Object(*row) for row in connection.execute(_OBJECTS).fetchall()]
            connection.rollback()
            gone = [one.owner for one in wanted if not _write_object(connection, store, archive, one)]
            sha256 = archive.finish(gone)
    return Made(rows, len(wanted) - len(gone), path.stat().st_size, sha256)


def _write_rows(connection: psycopg.Connection, url: str, archive: ArchiveWriter) -> int:
    manifest = Manifest(
        format=FORMAT,
        product=__version__,
        revision=tables.revision(connection),
        dimensions=migrations.dimensions_of(url) or migrations.DEFAULT_DIMENSIONS,
        created_at=rfc3339(now()),
        tables=tables.tables(connection),
        sequences=tables.sequences(connection),
    )
    archive.add(MANIFEST, manifest_bytes(manifest))
    rows = 0
    for table in manifest.tables:
        for number, piece in enumerate(tables.pieces(connection, table)):
            archive.add(f"tables/{table.name}/{number:05}", piece)
            rows += piece.count(b"\n")
    return rows


def _write_object(connection: psycopg.Connection, store: ObjectStore, archive: ArchiveWriter, one: _Object) -> bool:
    """Whether it was there; one that was deleted meanwhile, row and all, is not missed."""
    start = archive.offset
    try:
        digest = archive.stream(f"objects/{one.key}", one.size, _read(store, one))
    except (EngineRejected, OSError) as error:
        if isinstance(error, OSError) and error.errno:  # the file can't be written; of a short read there is no number
            raise
        archive.rewind(start, f"objects/{one.key}")
        if _stands(connection, one.key):
            raise AudioMissing(one.key, "is missing from the store or cut") from None
        return False
    if one.sha256 is not None and digest != bytes(one.sha256):
        raise AudioMissing(one.key, "is not what was received")
    return True


def _read(store: ObjectStore, one: _Object) -> Iterator[bytes]:
    yield from store.read(one.key, 0, one.size)


def _stands(connection: psycopg.Connection, key: str) -> bool:
    """Whether a row names the key now."""
    query = "SELECT FROM audio_recordings WHERE s3_key = %(key)s UNION ALL SELECT FROM upload_parts WHERE key = %(key)s"
    found = connection.execute(query, {"key": key}).fetchone()
    connection.rollback()
    return found is not None
