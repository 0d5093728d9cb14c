"""An object store on `obstore`, which speaks to local disks and to S3 alike; `local.py` and `s3.py` make one.

Objects are written in pieces, whole or not at all; memory stays at a few pieces whatever the object's size.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, suppress
from typing import IO, TYPE_CHECKING

import obstore

from ai_conspects.engines.errors import EngineError
from ai_conspects.engines.object_storage.base import ObjectWriter, StoredObject
from ai_conspects.engines.object_storage.obstore_errors import translated

if TYPE_CHECKING:
    from obstore import AsyncWritableFile

PIECE_BYTES = 5 * 2**20
"""The least that S3 takes as a part of a multipart upload."""

PIECES_AT_A_TIME = 2
ABORT_TIMEOUT_S = 3.0


class ObstoreStore:
    """An `ObjectStore`.

    `settle` makes a written object durable where closing it doesn't yet; `probe` raises where the store doesn't
    answer; `mends` names the settings that an operator looks at when the store refuses.
    """

    def __init__(
        self,
        store: obstore.store.ObjectStore,
        *,
        name: str,
        mends: str,
        settle: Callable[[str], None],
        probe: Callable[[], None],
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
        try:
            yield _Writer(file, self.name, self._mends)
            with translated(self.name, self._mends):
                await file.close()
        except BaseException as error:
            await self._abort(file, error)
            raise
        try:
            with translated(self.name, self._mends):
                await asyncio.to_thread(self._settle, key)
        except BaseException:
            await asyncio.to_thread(self._forget, key)
            raise

    async def _abort(self, file: "AsyncWritableFile", error: BaseException) -> None:
        """Drop what was written so far. A store that is away can't be told, and isn't waited for long."""
        with suppress(Exception):
            async with asyncio.timeout(ABORT_TIMEOUT_S):
                await file.__aexit__(type(error), error, error.__traceback__)

    def _forget(self, key: str) -> None:
        with suppress(EngineError):
            self.delete([key])

    def put_file(self, key: str, file: IO[bytes]) -> None:
        """Store what is left of `file`, streamed."""
        with translated(self.name, self._mends):
            with obstore.open_writer(
                self._store, key, buffer_size=PIECE_BYTES, max_concurrency=PIECES_AT_A_TIME
            ) as target:
                while piece := file.read(PIECE_BYTES):
                    target.write(piece)
            self._settle(key)

    def fetch(self, key: str, into: IO[bytes]) -> None:
        """Copy an object into an open file, piece by piece. Raises `EngineRejected` with code `object_missing`."""
        with translated(self.name, self._mends):
            size_bytes = self._size_bytes(key)
            for start in range(0, size_bytes, PIECE_BYTES):
                end = min(start + PIECE_BYTES, size_bytes)
                into.write(obstore.get_range(self._store, key, start=start, end=end))

    def _size_bytes(self, key: str) -> int:
        try:
            return obstore.head(self._store, key)["size"]
        except FileNotFoundError:
            self._probe()  # a missing bucket looks the same here, but mustn't pass for a missing object
            raise

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
    """An `ObjectWriter` on `obstore`'s own."""

    def __init__(self, file: "AsyncWritableFile", name: str, mends: str) -> None:
        self._file = file
        self._name = name
        self._mends = mends

    async def write(self, data: bytes | memoryview) -> None:
        """Append; waits while the store is behind."""
        with translated(self._name, self._mends):
            await self._file.write(data)
