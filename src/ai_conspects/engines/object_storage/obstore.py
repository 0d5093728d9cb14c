"""An object store on `obstore`, which speaks to local disks and to S3 alike; `local.py` and `s3.py` make one.

Objects are written in pieces, whole or not at all; memory stays at a few pieces whatever the object's size.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, suppress
from typing import IO, TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError

from ai_conspects.core.metrics import STORE_TIME, timed
from ai_conspects.engines.object_storage.base import ObjectWriter, StoredObject
from ai_conspects.engines.object_storage.obstore_errors import status_of, translated

if TYPE_CHECKING:
    from obstore import AsyncWritableFile

PIECE_BYTES = 5 * 2**20
"""The least that S3 takes as a part of a multipart upload."""

READ_BYTES = 2**20
"""A piece for a reader who may be slow, and of whom there may be many."""

PIECES_AT_A_TIME = 2
ABORT_TIMEOUT_S = 3.0
JOIN_TIMEOUT_S = 60.0


class ObstoreStore:
    """An `ObjectStore`.

    `mends` names the settings that an operator looks at when the store refuses; `probe` raises where it doesn't answer;
    `settle` makes a written object durable where closing it doesn't yet.
    """

    def __init__(
        self,
        store: obstore.store.ObjectStore,
        *,
        name: str,
        mends: str,
        probe: Callable[[], None],
        settle: Callable[[str], None] = lambda key: None,
    ) -> None:
        self.name = name
        self._store = store
        self._mends = mends
        self._settle = settle
        self._probe = probe

    @asynccontextmanager
    async def writer(self, key: str) -> AsyncIterator[ObjectWriter]:
        """Write an object: durable when the block ends well, nothing at all when it ends with an exception."""
        file = obstore.open_writer_async(self._store, key, buffer_size=PIECE_BYTES, max_concurrency=PIECES_AT_A_TIME)
        writer = _Writer(file, self._writing)
        try:
            yield writer
        except BaseException as error:
            await self._abort(file, error)
            raise
        try:
            with self._writing(), timed(STORE_TIME, operation="finish"):
                await self._finish(file, key, writer.size_bytes)
        except BaseException as error:
            await self._abort(file, error)
            await self._forget(key)
            raise

    async def _finish(self, file: "AsyncWritableFile", key: str, size_bytes: int) -> None:
        """Make what was written an object, and durable."""
        try:
            await file.close()
        except (BaseError, OSError) as error:
            if not await self._made_all_the_same(key, size_bytes, error):
                raise
        await asyncio.to_thread(self._settle, key)

    async def _made_all_the_same(self, key: str, size_bytes: int, error: Exception) -> bool:
        """Whether the object stands though the store didn't say so.

        A completion whose answer was lost is sent again, and finds its upload gone. And some servers are silent for
        longer than the time-out while they join the parts of a large object: one that still answers is given more time.
        Where a part didn't arrive (`obstore` names the request in its message), nothing is being joined.
        """
        if "partNumber=" in str(error):
            return False
        lost, silent = isinstance(error, FileNotFoundError), status_of(error) is None and size_bytes > PIECE_BYTES
        deadline = time.monotonic() + (JOIN_TIMEOUT_S if silent and not lost else 0)
        while lost or silent:
            with suppress(FileNotFoundError):
                return await asyncio.to_thread(self._size_bytes, key) == size_bytes
            if time.monotonic() >= deadline:
                break
            await asyncio.sleep(0.5)
        return False

    async def _abort(self, file: "AsyncWritableFile", error: BaseException) -> None:
        """Drop what was written so far. A store that is away can't be told, and isn't waited for long."""
        with suppress(Exception):
            async with asyncio.timeout(ABORT_TIMEOUT_S):
                await file.__aexit__(type(error), error, error.__traceback__)

    async def _forget(self, key: str) -> None:
        """Remove an object that nobody was told of: the store may have made it and failed to say so."""
        with suppress(Exception):
            async with asyncio.timeout(ABORT_TIMEOUT_S):
                await obstore.delete_async(self._store, key)

    def _writing(self) -> AbstractContextManager[None]:
        return translated(self.name, self._mends, looked_for="upload")

    @timed(STORE_TIME, operation="put_file")
    def put_file(self, key: str, file: IO[bytes]) -> None:
        """Store what is left of `file`, streamed. For threads without an event loop."""

        async def put() -> None:
            async with self.writer(key) as writer:
                while piece := file.read(PIECE_BYTES):
                    await writer.write(piece)

        asyncio.run(put())

    @timed(STORE_TIME, operation="fetch")
    def fetch(self, key: str, into: IO[bytes]) -> None:
        """Copy an object into an open file, piece by piece. Raises `EngineRejected` with code `object_missing`."""
        with translated(self.name, self._mends):
            size_bytes = self._size_bytes(key)
            for start in range(0, size_bytes, PIECE_BYTES):
                end = min(start + PIECE_BYTES, size_bytes)
                into.write(obstore.get_range(self._store, key, start=start, end=end))

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """`length` bytes from `start` on, fewer where the object ends before; a request for each piece.

        One long answer would have to be taken within the client's time-out, however slow the reader.
        """
        with translated(self.name, self._mends):
            end = min(start + length, self._size_bytes(key))
            for at in range(start, end, READ_BYTES):
                yield bytes(obstore.get_range(self._store, key, start=at, end=min(at + READ_BYTES, end)))

    def _size_bytes(self, key: str) -> int:
        try:
            return obstore.head(self._store, key)["size"]
        except FileNotFoundError:
            self._probe()  # a missing bucket looks the same here, but mustn't pass for a missing object
            raise

    @timed(STORE_TIME, operation="delete")
    def delete(self, keys: list[str]) -> None:
        """Remove objects; those that are not there are no error."""
        with translated(self.name, self._mends):
            try:
                obstore.delete(self._store, keys)
            except FileNotFoundError:  # local disks stop at the first that is missing, S3 only at a missing bucket
                self._probe()
                for key in keys:
                    with suppress(FileNotFoundError):
                        obstore.delete(self._store, key)

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Every object below a prefix (a path of whole segments, with or without a slash at its end)."""
        with translated(self.name, self._mends):
            for page in obstore.list(self._store, prefix or None, chunk_size=1000):
                for found in page:
                    yield StoredObject(found["path"], found["size"], found["last_modified"])

    def check(self) -> None:
        """Return if the store answers."""
        with translated(self.name, self._mends):
            self._probe()


class _Writer:
    """An `ObjectWriter` on `obstore`'s own; it counts what it takes."""

    def __init__(self, file: "AsyncWritableFile", translating: Callable[[], AbstractContextManager[None]]) -> None:
        self.size_bytes = 0
        self._file = file
        self._translating = translating

    async def write(self, data: bytes | memoryview) -> None:
        """Append; waits while the store is behind."""
        with self._translating():
            await self._file.write(data)
        self.size_bytes += memoryview(data).nbytes
