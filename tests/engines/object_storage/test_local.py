"""What only a local disk can get wrong: who may read, what reaches the disk, what killed writers leave."""

import io
import os
import stat
from pathlib import Path

import pytest

from ai_conspects.engines.errors import EngineUnavailable
from ai_conspects.engines.object_storage.local import local_store, sweep_unfinished


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_only_the_owner_reads_objects(tmp_path: Path) -> None:
    old = os.umask(0o022)
    try:
        local_store(tmp_path / "objects").put_file("user/recording/audio", io.BytesIO(b"x"))
    finally:
        os.umask(old)
    folders = [tmp_path / "objects", tmp_path / "objects/user", tmp_path / "objects/user/recording"]
    assert {mode(folder) for folder in folders} == {0o700}
    assert mode(tmp_path / "objects/user/recording/audio") == 0o600


def test_file_and_folders_reach_the_disk_before_a_write_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced: list[str] = []
    fsync = os.fsync

    def noted(handle: int) -> None:
        synced.append(str(Path(f"/proc/self/fd/{handle}").readlink()))
        fsync(handle)

    monkeypatch.setattr(os, "fsync", noted)
    root = tmp_path / "objects"
    local_store(root).put_file("user/audio", io.BytesIO(b"x"))
    assert synced == [str(root / "user/audio"), str(root / "user"), str(root)]


def test_what_a_killed_writer_left_is_swept_when_it_is_old(tmp_path: Path) -> None:
    store = local_store(tmp_path)
    store.put_file("a/kept", io.BytesIO(b"x"))
    old, new = tmp_path / "a/killed#1", tmp_path / "a/running#12"
    for staged in (old, new):
        staged.write_bytes(b"half")
    os.utime(old, (0, 0))
    assert [found.key for found in store.list("")] == ["a/kept"]
    assert sweep_unfinished(tmp_path) == 1
    assert not old.exists()
    assert new.exists()


def test_a_folder_that_vanished_is_a_store_that_is_away(tmp_path: Path) -> None:
    store = local_store(tmp_path / "objects")
    (tmp_path / "objects").rmdir()
    with pytest.raises(EngineUnavailable):
        store.check()
