"""The drill: a server that works is backed up by the command, and comes back on an empty machine by the other."""

import hashlib
import io
import time
from pathlib import Path

import pytest

from ai_conspects.core.db import connect
from ai_conspects.embedded.stack import Stack
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.engines.object_storage.local import local_store
from ai_conspects.models import AudioRecording
from tests.backup.test_backup import contents, objects
from tests.builders import a_batch, a_user
from tests.e2e.commands import Operator
from tests.e2e.homes import new_home, offline
from tests.embedded.stacks import only_http, stack

pytestmark = pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in /proc")


def test_the_drill(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "backup.tar"
    with new_home() as here, new_home() as there:
        with stack(here) as running:
            url = running.settings.database_url.get_secret_value()
            recordings_of(url, local_store(here / "objects"), 20)
            since = time.monotonic()
            made = operator(here, tmp_path).run("backup", str(file))
            assert made.returncode == 0, made.stderr
            took_s = time.monotonic() - since
            assert "20 objects" in made.stdout
            running_restore = operator(here, tmp_path).run("restore", str(file), "--replace")
            assert (running_restore.returncode, "Stop it first" in running_restore.stderr) == (1, True)
            rows, audio = contents(url), objects(local_store(here / "objects"))
        since = time.monotonic()
        restored = operator(there, tmp_path).run("restore", str(file))
        assert restored.returncode == 0, restored.stderr
        restored_s = time.monotonic() - since
        assert "1 users, 20 recordings" in restored.stdout
        refused = operator(there, tmp_path).run("restore", str(file))
        assert (refused.returncode, "--replace" in refused.stderr) == (1, True)
        with Stack(offline(there), port=0, made=only_http) as again:
            assert contents(again.settings.database_url.get_secret_value()) == rows
            assert objects(local_store(there / "objects")) == audio
    size = f"{file.stat().st_size / 2**20:.0f} MiB"
    with capsys.disabled():
        print(f"\n  drill: backup of {size} in {took_s:.1f} s, restore on an empty machine in {restored_s:.1f} s")


def operator(home: Path, folder: Path) -> Operator:
    engines = {f"AI_CONSPECTS_{kind}__ENGINE": name for kind, name in (("SPEECH", "pocketsphinx"),)}
    return Operator({"AI_CONSPECTS_HOME": str(home), **engines}, folder)


def recordings_of(url: str, store: ObjectStore, count: int) -> None:
    """A user's recordings, a megabyte each, as a submit leaves them."""
    database = connect(url, ring=lambda _: None)
    with database.transaction(as_system="a test") as session:
        for number, one in enumerate(a_batch(session, a_user(session), recordings=count)):
            audio = bytes([number]) * 2**20
            row = session.get_one(AudioRecording, one)
            row.file_size, row.sha256 = len(audio), hashlib.sha256(audio).digest()
            store.put_file(row.s3_key or "", io.BytesIO(audio))
    database.dispose()
