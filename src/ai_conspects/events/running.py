"""The events of a process from its start to its end."""

import asyncio
import signal
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from types import FrameType

from ai_conspects.core.db import Database
from ai_conspects.core.event_stream import PATIENCE_S, speaks
from ai_conspects.core.settings import Settings
from ai_conspects.events.hub import Hub
from ai_conspects.events.watching import watch


@asynccontextmanager
async def running(settings: Settings, database: Database) -> AsyncIterator[Hub | None]:
    """A hub that hears; None where there is no Redis that it could hear."""
    if not speaks(settings.events_redis_url):
        yield None
        return
    limits = settings.events
    hub = Hub(settings.events_redis_url, most=limits.max_connections, most_per_user=limits.max_connections_per_user)
    hearing = asyncio.ensure_future(hub.run())
    watching = asyncio.ensure_future(watch(hub, database, limits.heartbeat_s))
    try:
        await hub.ready(PATIENCE_S)
        with _told_of_the_end(hub):
            yield hub
    finally:
        hub.close()
        for task in (hearing, watching):
            task.cancel()
        await asyncio.gather(hearing, watching, return_exceptions=True)
        await hub.aclose()


@contextmanager
def _told_of_the_end(hub: Hub) -> Iterator[None]:
    """Listeners are sent away as soon as the process is asked to end: a server waits for its streams, which have none.

    Uvicorn has its own handlers in place by now, and they are called as before.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    loop = asyncio.get_running_loop()
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}

    def end(number: int, frame: FrameType | None) -> None:
        loop.call_soon_threadsafe(hub.close)
        handler = before[signal.Signals(number)]
        if callable(handler):
            handler(number, frame)

    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
