"""What every object store keeps to, on a local disk and on S3."""

import asyncio
import io
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.engines.object_storage.local import local_store
from ai_conspects.engines.object_storage.s3 import s3_store
from tests.stubs.s3 import ACCESS_KEY, REGION, SECRET_KEY, S3Server

MIB = 2**20


@dataclass(frozen=True)
class Kept:
    """A store and a look behind it: what lies there that no object accounts for."""

    store: ObjectStore
    leftovers: Callable[[], list[str]]


@pytest.fixture(params=["local", "s3"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "local":
        store = local_store(tmp_path / "objects")
        return Kept(store, lambda: [str(path) for path in tmp_path.rglob("*#*")])
    server: S3Server = request.getfixturevalue("s3")
    bucket = server.new_bucket()
    made = s3_store(
        bucket, endpoint=server.endpoint, region=REGION, access_key=ACCESS_KEY, secret_key=SECRET_KEY, timeout_s=8
    )
    return Kept(made, lambda: server.unfinished_uploads(bucket))


async def write(store: ObjectStore, key: str, *pieces: bytes | memoryview, then: BaseException | None = None) -> None:
    async with store.writer(key) as writer:
        for piece in pieces:
            await writer.write(piece)
        if then:
            raise then


def read(store: ObjectStore, key: str) -> bytes:
    into = io.BytesIO()
    store.fetch(key, into)
    return into.getvalue()


def keys(store: ObjectStore, prefix: str = "") -> list[str]:
    return sorted(found.key for found in store.list(prefix))


@pytest.mark.parametrize("size_bytes", [0, 1, 5 * MIB, 12 * MIB + 7])
def test_what_was_written_is_read_again(kept: Kept, size_bytes: int) -> None:
    data = os.urandom(size_bytes)
    asyncio.run(write(kept.store, "a/b/written", *(data[at : at + MIB] for at in range(0, size_bytes, MIB))))
    assert read(kept.store, "a/b/written") == data
    assert [found.size_bytes for found in kept.store.list("a/b")] == [size_bytes]
    assert kept.leftovers() == []


def test_a_memoryview_is_written_too(kept: Kept) -> None:
    asyncio.run(write(kept.store, "a/view", memoryview(b"0123456789")[2:5]))
    assert read(kept.store, "a/view") == b"234"


@pytest.mark.parametrize("size_mib", [0, 1, 12])
@pytest.mark.parametrize("ending", [KeyError("broken"), asyncio.CancelledError()], ids=["exception", "cancelled"])
def test_a_block_that_ends_badly_leaves_nothing(kept: Kept, size_mib: int, ending: BaseException) -> None:
    with pytest.raises(type(ending)):
        asyncio.run(write(kept.store, "a/bad", *[b"x" * MIB] * size_mib, then=ending))
    assert keys(kept.store) == []
    assert kept.leftovers() == []


def test_a_cancelled_task_leaves_nothing(kept: Kept) -> None:
    async def cancelled_in_mid_write() -> None:
        begun = asyncio.Event()

        async def upload() -> None:
            async with kept.store.writer("a/cut") as writer:
                for _ in range(12):
                    await writer.write(b"x" * MIB)
                begun.set()
                await asyncio.Event().wait()

        task = asyncio.create_task(upload())
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(cancelled_in_mid_write())
    assert keys(kept.store) == []
    assert kept.leftovers() == []


def test_an_object_is_not_seen_before_its_block_has_ended(kept: Kept) -> None:
    async def look_in_between() -> list[str]:
        async with kept.store.writer("a/late") as writer:
            for _ in range(12):
                await writer.write(b"x" * MIB)
            return keys(kept.store)

    assert asyncio.run(look_in_between()) == []
    assert keys(kept.store) == ["a/late"]


def test_a_file_is_put_from_where_it_stands(kept: Kept) -> None:
    file = io.BytesIO(b"0123456789")
    file.seek(4)
    kept.store.put_file("a/put", file)
    assert read(kept.store, "a/put") == b"456789"


def test_a_file_that_breaks_while_it_is_read_leaves_nothing(kept: Kept) -> None:
    class Breaking(io.BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if self.tell() > 8 * MIB:
                raise RuntimeError("the disk is gone")
            return super().read(size)

    with pytest.raises(RuntimeError):
        kept.store.put_file("a/broken", Breaking(b"x" * 20 * MIB))
    assert keys(kept.store) == []
    assert kept.leftovers() == []


def test_what_is_not_there_is_rejected_as_missing(kept: Kept) -> None:
    with pytest.raises(EngineRejected) as caught:
        read(kept.store, "a/nothing")
    assert caught.value.code == "object_missing"


@pytest.mark.parametrize(
    ("start", "length"), [(0, 10), (0, 3 * MIB + 5), (MIB - 1, 2), (3 * MIB, 100), (3 * MIB + 5, 1), (2 * MIB, 10**15)]
)
def test_a_part_is_read_in_pieces(kept: Kept, start: int, length: int) -> None:
    data = os.urandom(3 * MIB + 5)
    kept.store.put_file("a/part", io.BytesIO(data))
    pieces = list(kept.store.read("a/part", start, length))
    assert b"".join(pieces) == data[start : start + length]
    assert all(len(piece) <= MIB for piece in pieces)


def test_a_part_of_what_is_not_there_is_rejected_as_missing(kept: Kept) -> None:
    with pytest.raises(EngineRejected) as caught:
        next(kept.store.read("a/nothing", 0, 10))
    assert caught.value.code == "object_missing"


def test_deleting_twice_is_no_error(kept: Kept) -> None:
    for key in ("a/1", "a/2", "a/3"):
        kept.store.put_file(key, io.BytesIO(b"x"))
    kept.store.delete(["a/1"])
    kept.store.delete(["a/1", "a/2", "a/0"])
    assert keys(kept.store) == ["a/3"]
    kept.store.delete([])


def test_a_list_keeps_to_its_prefix(kept: Kept) -> None:
    for key in ("a/1", "a/b/2", "ab/3"):
        kept.store.put_file(key, io.BytesIO(b"x"))
    assert keys(kept.store, "a") == ["a/1", "a/b/2"]
    assert keys(kept.store, "a/") == ["a/1", "a/b/2"]
    assert keys(kept.store) == ["a/1", "a/b/2", "ab/3"]


def test_a_store_that_works_passes_its_check(kept: Kept) -> None:
    kept.store.check()
