"""Events as a stream of HTTP (`text/event-stream`, the WHATWG's HTML standard, section 9.2)."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ai_conspects.events.feed import Told

PATIENCE_S = 10.0
"""How long a client may take to read what was sent."""

PING = b": ping\n\n"


def as_json(told: Told) -> str:
    """The event as every client sees it."""
    return json.dumps(vars(told), ensure_ascii=False, separators=(",", ":"))


def frame(told: Told | None) -> bytes:
    """One event, or a comment that says that the line is alive. JSON has no line break outside of strings."""
    if told is None:
        return PING
    return f"id: {told.id}\nevent: {told.type}\ndata: {as_json(told)}\n\n".encode()


class EventStream(Response):
    """Sends what comes until it ends, the client leaves, or the client doesn't read for `PATIENCE_S`."""

    media_type = "text/event-stream"

    def __init__(self, events: AsyncIterator[Told | None], on_end: Callable[[], None]) -> None:
        super().__init__(headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"})
        del self.headers["content-length"]
        self._events, self._on_end = events, on_end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        sending, leaving = asyncio.ensure_future(self._send(send)), asyncio.ensure_future(_gone(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._on_end()
            for task in (sending, leaving):
                task.cancel()
            await asyncio.gather(sending, leaving, return_exceptions=True)
        if sending.cancelled() or isinstance(sending.exception(), TimeoutError):
            raise ClientDisconnect
        sending.result()

    async def _send(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": self.status_code, "headers": self.raw_headers})
        async for told in self._events:
            async with asyncio.timeout(PATIENCE_S):
                await send({"type": "http.response.body", "body": frame(told), "more_body": True})
        async with asyncio.timeout(PATIENCE_S):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
