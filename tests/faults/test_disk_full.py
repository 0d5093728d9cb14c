"""The disk is full, under the audio and under the database: 503, nothing half, and it goes on once there is room."""

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.cli.backup import NotWritten, backup
from ai_conspects.engines.object_storage.local import local_store
from ai_conspects.main import create_app
from tests.accounts.devices import register
from tests.batches.submits import NOTHING, as_json, audio, batch, left_behind, recording
from tests.bench import Bench
from tests.e2e.waiting import until
from tests.faults.client import Client, clip
from tests.faults.history import History
from tests.faults.site import site
from tests.uploads.tus import Tus


@contextmanager
def small_disk(folder: Path, mib: int) -> Iterator[Path]:
    """A file system of so many MiB."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={mib}m,mode=0755", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("NOT TRIED: a full disk. Mounting a tmpfs is not permitted here; run the tests as root.")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_under_a_backup_is_said_and_leaves_no_half_of_one(bench: Bench, tmp_path: Path) -> None:
    bench.submit(audio=audio(1, 8 << 20))
    with small_disk(tmp_path / "backups", 4) as disk:
        file = disk / "backup.tar"
        with pytest.raises(NotWritten, match="No space left on device"):
            backup(bench.settings, file, print)
        assert list(disk.iterdir()) == []


def fill(folder: Path) -> Path:
    """A file that takes all that is left."""
    file = folder / "filling"
    with file.open("wb", buffering=0) as out, suppress(OSError):
        while out.write(bytes(65536)):
            pass
    assert os.statvfs(folder).f_bavail == 0
    return file


def test_a_full_disk_under_the_audio_refuses_and_goes_on_when_there_is_room(parts: Parts, tmp_path: Path) -> None:
    with small_disk(tmp_path / "objects", 16) as disk:
        on_disk = replace(parts, store=local_store(disk))
        body = as_json(batch(recording(1), recording(2, audio_data="QUJD" * 2**20)))
        with TestClient(create_app(on_disk)) as client:
            device = register(client)
            tus = Tus(client, device)
            url = tus.created(6, recording_id="a")
            assert tus.patch(url, 0, b"abc").status_code == 204
            filling = fill(disk)
            refused = client.post("/v1/batches/submit", content=body, headers=device.headers)
            assert (refused.status_code, refused.json()["code"]) == (503, "engine_unavailable")
            assert refused.headers["retry-after"]
            assert tus.patch(url, 3, b"def").status_code == 503
            assert tus.offset(url) == 3
            filling.unlink()
            assert {**left_behind(on_disk), "objects": 0} == NOTHING
            assert client.post("/v1/batches/submit", content=body, headers=device.headers).status_code == 200
            assert tus.patch(url, 3, b"def").status_code == 204
            assert client.get("/v1/recordings/a/audio", headers=device.headers).content == b"abcdef"


def test_a_full_disk_under_the_database_loses_nothing(tmp_path: Path) -> None:
    disks: list[Path] = []
    history = History()

    @contextmanager
    def prepared(folder: Path) -> Iterator[None]:
        with small_disk(folder / "postgres", 200) as disk:
            disks.append(disk)
            yield

    with site(prepared=prepared) as running, Client(running.url, history) as client:
        client.insist("before", clip(1))
        filling = fill(disks[0])
        refused = until(lambda: asked_until_refused(client))
        assert refused is not None
        assert refused.status_code == 503
        assert refused.headers["retry-after"]
        filling.unlink()
        if running.children["postgres"].pid is None:  # it gave up; whoever looks after it starts it again
            running.start("postgres")
        until(running.is_ready, 60)
        client.insist("after", clip(2))
        acknowledged = {event.of for event in history.of("acknowledged")}
        assert {"before-0", "after-0"} <= acknowledged
        assert {row[0] for row in running.rows("SELECT client_id FROM audio_recordings")} == acknowledged


def asked_until_refused(client: Client) -> httpx.Response | None:
    """Send until the room in files that are there already is used up too; the refusal."""
    for number in range(2000):
        try:
            answer = client.submit(f"more-{number}", clip(100 + number))
        except httpx.HTTPError:
            return None
        if answer.status_code != 200:
            return answer
    return None
