"""Requests under way, so that a server that stops can give the last ones their answer."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager

LAST_WORDS_S = 5.0
"""For requests that were cut off: to keep what has come, and to say so. A store that is away gives up by then."""


class InFlight:
    """Counts them. One event loop's."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """A request, from its first byte to its last."""
        self._count += 1
        self._none.clear()
        try:
            yield
        finally:
            self._count -= 1
            if not self._count:
                self._none.set()

    async def ended(self, within_s: float = LAST_WORDS_S) -> bool:
        """Wait until none is under way; whether that came to be. uvicorn ends its loop without a look at them."""
        try:
            async with asyncio.timeout(within_s):
                await self._none.wait()
        except TimeoutError:
            return False
        return True
