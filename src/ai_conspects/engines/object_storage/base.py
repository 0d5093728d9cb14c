"""What every object store does: keep bytes under a key, whole or not at all."""

from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import IO, Protocol


@dataclass(frozen=True)
class StoredObject:
    """An object as the store lists it."""

    key: str
    size_bytes: int
    modified_at: datetime


class ObjectWriter(Protocol):
    """Takes the bytes of one object as they come."""

    async def write(self, data: bytes | memoryview) -> None:
        """Append. Memory stays bounded: it waits while the store is behind."""
        ...


class ObjectStore(Protocol):
    """Keys are made of server ids only. Every method raises `EngineUnavailable` when the store is away."""

    name: str

    def writer(self, key: str) -> AbstractAsyncContextManager[ObjectWriter]:
        """Write an object: durable when the block ends well, nothing at all when it ends with an exception."""
        ...

    def put_file(self, key: str, file: IO[bytes]) -> None:
        """Store what is left of `file`, streamed."""
        ...

    def fetch(self, key: str, into: IO[bytes]) -> None:
        """Copy an object into an open file, streamed. Raises `EngineRejected` with code `object_missing`."""
        ...

    def read(self, key: str, start: int, length: int) -> Iterator[bytes]:
        """`length` bytes of an object from `start` on, in pieces, fewer where it ends before.

        Raises `EngineRejected` with code `object_missing` when the first piece is asked for.
        """
        ...

    def delete(self, keys: list[str]) -> None:
        """Remove objects; those that are not there are no error."""
        ...

    def list(self, prefix: str) -> Iterator[StoredObject]:
        """Every object below a prefix."""
        ...

    def check(self) -> None:
        """Return if the store answers."""
        ...
