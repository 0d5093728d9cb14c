"""Takes the bytes of one request into the store. Only what is durable there counts, and all of that does.

Each part is an object of its own until the upload is finished: `obstore` has no multipart upload that another process
could go on with, and a part that is an object is the same on every store.
"""

import asyncio
import time
from collections.abc import AsyncIterator

import anyio
from anyio import to_thread
from starlette.requests import ClientDisconnect

from ai_conspects.batches.removal import Removed, remove_audio
from ai_conspects.core import failpoints
from ai_conspects.core.db import Database
from ai_conspects.core.ids import uuid7
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.uploads import service
from ai_conspects.uploads.errors import ChecksumMismatch, MoreThanAnnounced, UploadLocked
from ai_conspects.uploads.headers import Checksum
from ai_conspects.uploads.repository import Part
from ai_conspects.uploads.service import LEASE_S, Turn

PART_BYTES = 5 * 2**20
FLUSH_S = 20.0
"""Bytes that have waited so long for a part to fill are stored as they are: a slow network loses no more than that."""

PATIENCE_S = 60.0
"""How long a client may be silent before its request is given up."""


class Receiver:
    """Appends the bytes of one request. With a checksum they count together at its end, or not at all."""

    def __init__(self, store: ObjectStore, database: Database, turn: Turn, checksum: Checksum | None) -> None:
        self._store = store
        self._database = database
        self._turn = turn
        self._checksum = checksum
        self._buffer = bytearray()
        self._stored_until = turn.start
        self._uncounted: list[Part] = []
        self._flushed_at = self._renewed_at = time.monotonic()

    async def take(self, chunks: AsyncIterator[bytes]) -> int:
        """The new offset. Whatever ends it early, bytes that have come are kept, unless a checksum guards them.

        Raises `UploadLocked`, `ChecksumMismatch`, `MoreThanAnnounced`, `EngineUnavailable`, `ClientDisconnect`.
        """
        try:
            return await self._take(chunks)
        except (ClientDisconnect, asyncio.CancelledError, MoreThanAnnounced):
            with anyio.CancelScope(shield=True):
                if self._checksum is None:
                    await self._store_rest()
            raise
        finally:
            if self._uncounted:
                gone = Removed(tuple(part.key for part in self._uncounted))
                with anyio.CancelScope(shield=True):
                    await to_thread.run_sync(remove_audio, self._store, gone)

    async def _take(self, chunks: AsyncIterator[bytes]) -> int:
        async for chunk in _patiently(chunks):
            room = self._turn.length - self._stored_until - len(self._buffer)
            self._buffer += chunk[:room]
            if len(chunk) > room:
                raise MoreThanAnnounced(self._turn.length)
            if self._checksum:
                self._checksum.update(chunk)
            while len(self._buffer) >= PART_BYTES:
                await self._store_part(PART_BYTES)
            await self._keep_up()
        await self._store_rest()
        if self._checksum:
            if not self._checksum.holds:
                raise ChecksumMismatch
            await self._count()
        return self._stored_until

    async def _keep_up(self) -> None:
        """While bytes trickle in: hold the turn, and let none wait in memory for long."""
        now = time.monotonic()
        if now - self._flushed_at > FLUSH_S:
            await self._store_rest()
        elif now - self._renewed_at > LEASE_S / 3:
            await to_thread.run_sync(self._renew)
            self._renewed_at = now

    async def _store_rest(self) -> None:
        if self._buffer:
            await self._store_part(len(self._buffer))

    async def _store_part(self, size: int) -> None:
        key = f"{self._turn.prefix}{uuid7()}"
        async with self._store.writer(key) as writer:
            await writer.write(bytes(self._buffer[:size]))
        failpoints.reached("upload.part_stored", self._stored_until)
        self._uncounted.append(Part(self._stored_until, size, key))
        del self._buffer[:size]
        self._stored_until += size
        self._flushed_at = time.monotonic()
        if self._checksum is None:
            await self._count()

    async def _count(self) -> None:
        """Let what is stored count. A commit whose answer is lost may stand: its objects are not ours any more."""
        parts, self._uncounted = self._uncounted, []
        if not parts:
            return
        try:
            await to_thread.run_sync(self._commit, parts)
        except UploadLocked:
            self._uncounted = parts
            raise
        failpoints.reached("upload.part_counted", self._stored_until)
        self._renewed_at = time.monotonic()

    def _commit(self, parts: list[Part]) -> None:
        with self._database.transaction(as_user=self._turn.user_id) as session:
            service.count(session, self._turn, parts)

    def _renew(self) -> None:
        with self._database.transaction(as_user=self._turn.user_id) as session:
            service.renew(session, self._turn)


async def _patiently(chunks: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The chunks; a client that falls silent has gone."""
    while True:
        try:
            async with asyncio.timeout(PATIENCE_S):
                chunk = await anext(chunks)
        except StopAsyncIteration:
            return
        except TimeoutError:
            raise ClientDisconnect from None
        yield chunk
