"""A backup holds everything as of one moment; a restore brings all of it back, or changes nothing and says why."""

import hashlib
import io
import tarfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import func, text, update

from ai_conspects import migrations
from ai_conspects.backup.errors import AudioMissing, BackupDamaged, InUse, NotEmpty, OfLaterRelease
from ai_conspects.backup.restoring import restore
from ai_conspects.backup.tables import tables
from ai_conspects.backup.writing import backup
from ai_conspects.batches.removal import Removed, remove_audio, remove_batch, remove_recording
from ai_conspects.core.db import Database
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.engines.object_storage.local import local_store
from ai_conspects.models import AudioRecording, BatchStatus, RecordingStep
from tests.bench import Bench
from tests.conftest import with_database
from tests.faults.history import History, violations
from tests.scripted import LECTURE, spoken


@pytest.fixture
def filled(bench: Bench) -> Bench:
    """Two users' recordings with notes, and one that is still to be worked on."""
    bench.speech.segments = spoken(*LECTURE)
    done = [bench.submit(recordings=2), bench.submit()]
    bench.run_all()
    assert [bench.batch_status(one[0]) for one in done] == [BatchStatus.COMPLETED] * 2
    bench.submit()
    return bench


@pytest.fixture
def empty_url(postgres_url: str) -> Iterator[str]:
    """A database without any table."""
    name = f"restored_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        yield with_database(postgres_url, name)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@pytest.fixture
def elsewhere(tmp_path: Path) -> ObjectStore:
    return local_store(tmp_path / "elsewhere")


def test_everything_comes_back(filled: Bench, empty_url: str, elsewhere: ObjectStore, tmp_path: Path) -> None:
    made = backup(url(filled.database), filled.engines.store, tmp_path / "a.tar")
    assert made.objects == 4
    assert made.sha256 == hashlib.sha256((tmp_path / "a.tar").read_bytes()).hexdigest()
    assert (tmp_path / "a.tar").stat().st_mode & 0o777 == 0o600
    told = restore(empty_url, elsewhere, tmp_path / "a.tar", replace=False, dimensions=384)
    assert (told.recordings, told.objects) == (4, 4)
    assert contents(empty_url) == contents(url(filled.database))
    assert objects(elsewhere) == objects(filled.engines.store)
    broken = violations(History(), empty_url, elsewhere, swept_after=timedelta(0))
    assert {each.split()[0] for each in broken} <= {"recording", "batch", "step"}  # one is still to be worked on


def test_rows_and_audio_are_of_one_moment_while_the_server_works(
    filled: Bench, empty_url: str, elsewhere: ObjectStore, tmp_path: Path
) -> None:
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            filled.submit()
            with filled.database.transaction(as_system="a test") as session:
                session.execute(text("DELETE FROM processing_batches WHERE random() < 0.3"))

    working = threading.Thread(target=work)
    working.start()
    try:
        for number in range(3):
            backup(url(filled.database), filled.engines.store, tmp_path / f"{number}.tar")
    finally:
        stop.set()
        working.join()
    restore(empty_url, elsewhere, tmp_path / "2.tar", replace=False, dimensions=384)
    broken = violations(History(), empty_url, elsewhere, swept_after=timedelta(0))
    assert [each for each in broken if "without" in each] == []


@dataclass
class Removing:
    """The store, in which this is removed, as its owner does it, when the first object is read."""

    store: ObjectStore
    remove: Callable[[], Removed | None]
    was_removed: bool = False

    def __getattr__(self, name: str) -> object:
        return getattr(self.store, name)

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        if not self.was_removed:
            self.was_removed = True
            removed = self.remove()
            assert removed is not None
            remove_audio(self.store, removed)
        return self.store.read(key, start, length)


def test_a_batch_removed_while_audio_was_read_is_removed_there_too(
    filled: Bench, empty_url: str, elsewhere: ObjectStore, tmp_path: Path
) -> None:
    unread = filled.submit(recordings=2)
    user_id, batch = filled.recording(unread[0]).user_id, filled.batch_id(unread[0])

    def remove() -> Removed:
        with filled.database.transaction(as_user=user_id) as session:
            return remove_batch(session, user_id, batch, with_notes=False)

    made = backup(url(filled.database), Removing(filled.engines.store, remove), tmp_path / "a.tar")  # type: ignore[arg-type]  # by delegation
    assert made.objects == 4
    restore(empty_url, elsewhere, tmp_path / "a.tar", replace=False, dimensions=384)
    for table in ("processing_batches", "audio_recordings", "recording_steps"):
        assert contents(empty_url)[table] == contents(url(filled.database))[table]


def test_a_batch_that_waited_only_for_a_recording_removed_meanwhile_has_ended(
    filled: Bench, empty_url: str, elsewhere: ObjectStore, tmp_path: Path
) -> None:
    done, waits = filled.submit(recordings=2)
    with filled.database.transaction(as_system="a test") as session:
        later = update(RecordingStep).where(RecordingStep.recording_id == waits, RecordingStep.due_at.is_not(None))
        session.execute(later.values(due_at=func.now() + timedelta(hours=1)))
    filled.run_all()
    assert filled.batch_status(done) == BatchStatus.PROCESSING

    def remove() -> Removed | None:
        with filled.database.transaction(as_user=filled.recording(waits).user_id) as session:
            return remove_recording(session, session.get_one(AudioRecording, waits), with_notes=False)

    backup(url(filled.database), Removing(filled.engines.store, remove), tmp_path / "a.tar")  # type: ignore[arg-type]  # by delegation
    restore(empty_url, elsewhere, tmp_path / "a.tar", replace=False, dimensions=384)
    assert filled.batch_status(done) == BatchStatus.COMPLETED
    assert violations(History(), empty_url, elsewhere, swept_after=timedelta(0)) == []


def test_audio_that_the_store_has_lost_is_told_and_no_backup_is_written(filled: Bench, tmp_path: Path) -> None:
    store = filled.engines.store
    key = sorted(objects(store))[0]
    store.delete([key])
    with pytest.raises(AudioMissing):
        backup(url(filled.database), store, tmp_path / "a.tar")
    store.put_file(key, io.BytesIO(b"other"))
    with pytest.raises(AudioMissing):
        backup(url(filled.database), store, tmp_path / "a.tar")
    assert list(tmp_path.glob("*.tar*")) == []


def test_a_file_cut_anywhere_or_changed_anywhere_is_refused_before_anything_is_changed(
    filled: Bench, empty_url: str, elsewhere: ObjectStore, tmp_path: Path
) -> None:
    backup(url(filled.database), filled.engines.store, tmp_path / "a.tar")
    whole = (tmp_path / "a.tar").read_bytes()
    spoilt = tmp_path / "spoilt.tar"
    length = len(whole.rstrip(b"\0"))
    damaged = [whole[: int(length * share)] for share in (0, 0.1, 0.5, 0.9, 0.999)]
    damaged += [changed(whole, int(length * share)) for share in (0.001, 0.2, 0.5, 0.8, 0.9999)]
    damaged += [without(tmp_path / "a.tar", "objects/"), without(tmp_path / "a.tar", "tables/notes"), b"no backup"]
    for data in damaged:
        spoilt.write_bytes(data)
        with pytest.raises(BackupDamaged):
            restore(empty_url, elsewhere, spoilt, replace=True, dimensions=384)
    assert contents(empty_url) == {}
    assert objects(elsewhere) == {}


def test_a_database_that_is_not_empty_is_left_alone_unless_told(
    filled: Bench, elsewhere: ObjectStore, tmp_path: Path
) -> None:
    backup(url(filled.database), filled.engines.store, tmp_path / "a.tar")
    before = contents(url(filled.database))
    filled.submit()
    with pytest.raises(InUse):
        restore(url(filled.database), elsewhere, tmp_path / "a.tar", replace=True, dimensions=384)
    filled.database.dispose()
    with pytest.raises(NotEmpty, match=r"holds 4 user\(s\)"):
        restore(url(filled.database), elsewhere, tmp_path / "a.tar", replace=False, dimensions=384)
    assert objects(elsewhere) == {}
    restore(url(filled.database), filled.engines.store, tmp_path / "a.tar", replace=True, dimensions=384)
    assert contents(url(filled.database)) == before


def test_a_store_that_holds_somebodys_audio_is_left_alone(
    filled: Bench, empty_url: str, elsewhere: ObjectStore, tmp_path: Path
) -> None:
    backup(url(filled.database), filled.engines.store, tmp_path / "a.tar")
    elsewhere.put_file("audio/of/another", io.BytesIO(b"server"))
    with pytest.raises(NotEmpty, match="store"):
        restore(empty_url, elsewhere, tmp_path / "a.tar", replace=False, dimensions=384)
    assert contents(empty_url) == {}
    elsewhere.delete(["audio/of/another"])
    elsewhere.put_file(sorted(objects(filled.engines.store))[0], io.BytesIO(b"of a try that was cut off"))
    restore(empty_url, elsewhere, tmp_path / "a.tar", replace=False, dimensions=384)
    assert objects(elsewhere) == objects(filled.engines.store)


def test_a_backup_of_a_later_release_or_of_other_vectors_is_refused(
    filled: Bench, empty_url: str, elsewhere: ObjectStore, tmp_path: Path
) -> None:
    backup(url(filled.database), filled.engines.store, tmp_path / "a.tar")
    with pytest.raises(migrations.WrongDimensions):
        restore(empty_url, elsewhere, tmp_path / "a.tar", replace=False, dimensions=1536)
    with psycopg.connect(url(filled.database)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    backup(url(filled.database), filled.engines.store, tmp_path / "b.tar")
    with pytest.raises(OfLaterRelease):
        restore(empty_url, elsewhere, tmp_path / "b.tar", replace=False, dimensions=384)
    assert contents(empty_url) == {}


def test_a_file_that_is_there_is_never_written_over(filled: Bench, tmp_path: Path) -> None:
    (tmp_path / "a.tar").write_text("mine")
    with pytest.raises(FileExistsError):
        backup(url(filled.database), filled.engines.store, tmp_path / "a.tar")
    assert (tmp_path / "a.tar").read_text() == "mine"


def url(database: Database) -> str:
    return database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)


def contents(of: str) -> dict[str, set[tuple[str, ...]]]:
    """Every row of every table; when steps were due or leased apart."""
    found: dict[str, set[tuple[str, ...]]] = {}
    with psycopg.connect(of) as connection:
        for table in tables(connection):
            query = sql.SQL("SELECT {} FROM {}").format(
                sql.SQL(", ").join(sql.SQL("{}::text").format(sql.Identifier(name)) for name in table.columns),
                sql.Identifier(table.name),
            )
            found[table.name] = set(connection.execute(query).fetchall())
    return found


def objects(store: ObjectStore) -> dict[str, str]:
    """The SHA-256 of every object."""
    return {
        found.key: hashlib.sha256(b"".join(store.read(found.key, 0, found.size_bytes))).hexdigest()
        for found in store.list("")
    }


def changed(whole: bytes, at: int) -> bytes:
    """One bit of it is another."""
    return whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :]


def without(path: Path, prefix: str) -> bytes:
    """The archive without some of its members, and otherwise well made."""
    out = io.BytesIO()
    with tarfile.open(path) as source, tarfile.open(fileobj=out, mode="w") as target:
        for member in source:
            if not member.name.startswith(prefix):
                target.addfile(member, source.extractfile(member))
    return out.getvalue()
