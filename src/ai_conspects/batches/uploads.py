"""A limit on the uploads that one API process reads at a time: each needs memory, sockets and the store's attention."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from ai_conspects.batches.errors import TooManyUploads

PATIENCE_S = 20.0
"""How long an upload waits for its turn; its body waits in the client meanwhile."""


class UploadSlots:
    """So many at a time; the next ones wait for `patience_s`, in their order."""

    def __init__(self, slots: int, *, patience_s: float = PATIENCE_S) -> None:
        self._free = asyncio.Semaphore(slots)
        self._patience_s = patience_s

    @asynccontextmanager
    async def one(self) -> AsyncIterator[None]:
        """Hold a slot. Raises `TooManyUploads`."""
        try:
            async with asyncio.timeout(self._patience_s):
                await self._free.acquire()
        except TimeoutError:
            raise TooManyUploads from None
        try:
            yield
        finally:
            self._free.release()
