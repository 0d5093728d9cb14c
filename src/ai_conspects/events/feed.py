"""What one client is told, in order, without gap or doubling: what it missed, and then what comes.

Where a gap can't be filled, it gets a `reset`: it must read again by HTTP what it shows, and goes on from there.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import redis

from ai_conspects.core.clock import now, rfc3339
from ai_conspects.core.event_stream import START, Entry, order
from ai_conspects.core.events import EventType
from ai_conspects.events.listener import Listener, Mark
from ai_conspects.events.log import EventLog

HELLO, RESET = "hello", "reset"

UNSAID = {EventType.SESSION_ENDED, EventType.ACCOUNT_ENDED}
"""Events that are for this server alone: whoever listens may not listen any more."""

_OF_A_BATCH = {EventType.BATCH_PROGRESS, EventType.BATCH_FINISHED}


@dataclass(frozen=True)
class Told:
    """An event on its way to a client. `id` is where to go on from after it."""

    id: str
    type: str
    batch_id: str | None
    at: str
    data: dict[str, Any]


class Feed:
    """One client's events from `since` on, or from now on; only those of one batch, if `batch_id` names it."""

    def __init__(self, listener: Listener, log: EventLog, *, since: str | None, batch_id: str | None) -> None:
        self._listener, self._log, self._batch_id = listener, log, batch_id
        self._user_id = listener.claims.user_id
        self._since, self._cursor = since, since or START
        self._newest_of: dict[str, datetime] = {}
        self._is_behind = since is not None

    async def open(self) -> Told:
        """The first event: where the client stands. Call it once, before `events`. Raises `redis.RedisError`."""
        newest = await self._log.newest(self._user_id)
        if self._since is None:
            self._cursor = newest
        elif self._since != START:  # what changed after that event is to be told
            self._listener.told_until = _time_of(self._since)
        return self._own(HELLO)

    async def events(self, heartbeat_s: float) -> AsyncIterator[Told | None]:
        """What happens, and None whenever nothing has for `heartbeat_s`. It ends when the listener is sent away."""
        while self._listener.ending is None:
            if self._is_behind:
                async for missed in self._catch_up():
                    yield missed
            item = await self._listener.next(heartbeat_s)
            if self._listener.ending is not None:
                return
            if item is None:
                yield None
            elif item is Mark.LOOK:
                self._is_behind = True
            elif item is Mark.LOST:
                yield self._own(RESET)
            elif isinstance(item, Entry):
                if order(item.id) <= order(self._cursor):
                    continue
                if item.before != self._cursor:
                    self._is_behind = True
                elif told := self._taken(item):
                    yield told

    async def _catch_up(self) -> AsyncIterator[Told]:
        """What the stream has after the cursor. Where Redis is away, the hub will say when to look again."""
        try:
            missed = await self._log.after(self._user_id, self._cursor)
            if missed is None:
                self._cursor = await self._log.newest(self._user_id)
        except redis.RedisError:
            return
        self._is_behind = False
        if missed is None:
            yield self._own(RESET)
        for entry in missed or ():
            if told := self._taken(entry):
                yield told

    def _taken(self, entry: Entry) -> Told | None:
        """Move on to the entry; None if the client isn't to be told of it."""
        self._cursor, event = entry.id, entry.event
        told = Told(entry.id, event["type"], event["batch_id"], event["at"], event["data"])
        if told.type in _OF_A_BATCH and told.batch_id is not None and self._is_outrun(told.batch_id, told.at):
            return None
        foreign = self._batch_id is not None and told.batch_id != self._batch_id
        return None if foreign or told.type in UNSAID else told

    def _is_outrun(self, batch_id: str, at: str) -> bool:
        """Whether a later state of the batch was told before: two workers may tell theirs in another order."""
        moment = datetime.fromisoformat(at)
        self._listener.told_until = max(self._listener.told_until, moment)
        if batch_id in self._newest_of and moment < self._newest_of[batch_id]:
            return True
        self._newest_of[batch_id] = moment
        return False

    def _own(self, type: str) -> Told:
        return Told(self._cursor, type, None, rfc3339(now()), {})


def _time_of(cursor: str) -> datetime:
    """When that event was; now, where it is still to come: a client may send any number."""
    milliseconds, _ = order(cursor)
    latest = now()
    return datetime.fromtimestamp(min(milliseconds / 1000, latest.timestamp()), tz=latest.tzinfo)
