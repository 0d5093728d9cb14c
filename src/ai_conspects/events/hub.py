"""One reader of Redis for all clients of a process: it hears every event once, and puts it into its owner's boxes."""

import asyncio
from collections import defaultdict
from contextlib import suppress

import redis.asyncio
import structlog
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from ai_conspects.core.event_stream import CHANNEL, PATIENCE_S, called_out
from ai_conspects.events.errors import EventsUnavailable, TooManyListeners
from ai_conspects.events.feed import UNSAID
from ai_conspects.events.listener import Ending, Listener, Mark
from ai_conspects.events.log import EventLog

log = structlog.get_logger()

AGAIN_S = 1.0
"""Between two tries to reach a Redis that is away."""
SILENCE_S = 10.0
"""After so long without a word, Redis is asked whether it is still there."""


class Hub:
    """Who listens in this process. `run` must run for as long as anybody does."""

    def __init__(self, redis_url: str, *, most: int, most_per_user: int) -> None:
        self._client = redis.asyncio.Redis.from_url(
            redis_url,
            decode_responses=True,
            socket_connect_timeout=PATIENCE_S,
            socket_timeout=PATIENCE_S,
            retry=Retry(NoBackoff(), 1),
        )
        self.log = EventLog(self._client)
        self.suspects: asyncio.Queue[Listener] = asyncio.Queue()
        """Listeners whose session may have ended."""
        self._url, self._most, self._most_per_user = redis_url, most, most_per_user
        self._listeners: dict[str, set[Listener]] = defaultdict(set)
        self._count = 0
        self._hears = asyncio.Event()
        self._is_closed = False

    async def ready(self, patience_s: float) -> None:
        """Wait until it hears; not longer than `patience_s`, for a server must start without Redis too."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                await self._hears.wait()

    @property
    def hears(self) -> bool:
        """Whether Redis is there, as far as it knows."""
        return self._hears.is_set()

    def join(self, listener: Listener) -> None:
        """From now on it is told. Raises `EventsUnavailable`, `TooManyListeners`."""
        if not self.hears or self._is_closed:
            raise EventsUnavailable
        mine = self._listeners[listener.claims.user_id.hex]
        if self._count >= self._most or len(mine) >= self._most_per_user:
            raise TooManyListeners
        mine.add(listener)
        self._count += 1

    def leave(self, listener: Listener) -> None:
        """It is told nothing more, and its feed ends, also where it loses its cancellation (see `run`)."""
        listener.end(Ending.LEFT)
        mine = self._listeners[listener.claims.user_id.hex]
        if listener in mine:
            mine.remove(listener)
            self._count -= 1
        if not mine:
            del self._listeners[listener.claims.user_id.hex]

    def everybody(self) -> list[Listener]:
        """Who listens now."""
        return [listener for mine in self._listeners.values() for listener in mine]

    def close(self) -> None:
        """Send everybody away, because this process is going to end."""
        self._is_closed = True
        for listener in self.everybody():
            listener.end(Ending.RESTART)

    async def aclose(self) -> None:
        """Close the connections."""
        await self._client.aclose()

    async def run(self) -> None:
        """Hear until cancelled. After Redis was away, everybody looks for what they have missed.

        Closed it ends too: before Python 3.12 `asyncio.wait_for`, which the client of Redis sends by, loses a
        cancellation that comes as it ends.
        """
        while not self._is_closed:
            # a connection of its own, which is never tried again unseen: messages would be lost between
            reader = redis.asyncio.Redis.from_url(
                self._url,
                decode_responses=True,
                socket_connect_timeout=PATIENCE_S,
                retry=Retry(NoBackoff(), 0),
            )
            try:
                async with reader, reader.pubsub() as channel:
                    await channel.subscribe(CHANNEL)
                    await self._hear(channel)
            except (redis.RedisError, OSError, TimeoutError) as error:
                if self.hears:
                    log.warning("events.unheard", error=type(error).__name__)
                self._hears.clear()
            await asyncio.sleep(AGAIN_S)

    async def _hear(self, channel: PubSub) -> None:
        while not self._is_closed:
            message = await channel.get_message(timeout=SILENCE_S)
            if message is None:
                await channel.ping()
                async with asyncio.timeout(PATIENCE_S):
                    message = await channel.get_message(timeout=None)
            if message is None:
                continue
            if message["type"] == "subscribe":
                self._hears.set()
                for listener in self.everybody():  # of what happened while Redis was away, some was told to nobody
                    listener.put(Mark.LOOK)
                    listener.put(Mark.LOST)
            elif message["type"] == "message":
                self._pass_on(message["data"])

    def _pass_on(self, message: str) -> None:
        mine = self._listeners.get(message.partition(" ")[0])
        if not mine:
            return
        _, entry = called_out(message)
        for listener in tuple(mine):
            listener.put(entry)
            if entry.event["type"] in UNSAID:
                self.suspects.put_nowait(listener)
