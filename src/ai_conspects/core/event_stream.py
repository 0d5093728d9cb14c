"""Events in Redis: a short stream for each user, to be replayed, and one channel on which every event is called out.

Each entry names the one before it. Whoever reads on from an entry therefore knows whether something is missing: the
stream was trimmed, emptied or lost.
"""

import json
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any, Self
from uuid import UUID

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from ai_conspects.core.clock import rfc3339
from ai_conspects.core.events import Announce, Event, EventType, unannounced

CHANNEL = "ai-conspects:events"
KEPT = 1_000
"""Events of a user that can be replayed, about."""
KEPT_S = 6 * 3600
"""How long after the last one."""
START = "0-0"
"""The predecessor of a stream's first entry."""

PATIENCE_S = 2.0
PAUSE_S = 5.0
"""After Redis didn't answer, so long nothing is told: a server that is away must not slow down every commit, nor fill
the log."""

_FORGETTING = {EventType.BATCH_DELETED, EventType.RECORDING_DELETED, EventType.ACCOUNT_ENDED}

# KEYS: the stream. ARGV: how many and how many seconds to keep, the channel, the user, then the events
_APPEND = """
local newest = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)
local before = newest[1] and newest[1][1] or '0-0'
for i = 5, #ARGV do
  local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[1], '*', 'p', before, 'e', ARGV[i])
  redis.call('PUBLISH', ARGV[3], ARGV[4] .. ' ' .. id .. ' ' .. before .. ' ' .. ARGV[i])
  before = id
end
redis.call('EXPIRE', KEYS[1], ARGV[2])
return before
"""


@dataclass(frozen=True)
class Entry:
    """An event as it stands in its user's stream: `before` is the id of the entry before it, `event` its JSON."""

    id: str
    before: str
    event: dict[str, Any]

    @classmethod
    def of(cls, id: str, fields: dict[str, str]) -> Self:
        """From what XRANGE gives."""
        return cls(id, fields["p"], json.loads(fields["e"]))


def key(user_id: UUID) -> str:
    """The user's stream."""
    return f"{CHANNEL}:{user_id.hex}"


def called_out(message: str) -> tuple[UUID, Entry]:
    """Whose event it is, and the event, from what the channel brings."""
    user, id, before, event = message.split(" ", 3)
    return UUID(user), Entry(id, before, json.loads(event))


def order(id: str) -> tuple[int, int]:
    """Ids in their order. Raises `ValueError` for what is none."""
    milliseconds, sequence = id.split("-")
    return int(milliseconds), int(sequence)


def announcer(redis_url: str) -> Announce:
    """Tells events through this Redis; one of no use to redis-py (`redis+socket://…`, none) tells nobody."""
    if not speaks(redis_url):
        return unannounced
    client = redis.Redis.from_url(
        redis_url,
        socket_timeout=PATIENCE_S,
        socket_connect_timeout=PATIENCE_S,
        retry=Retry(NoBackoff(), 1),  # a server that was restarted since is no error
        decode_responses=True,
    )
    append = client.register_script(_APPEND)
    away_until = 0.0

    def announce(events: Sequence[Event]) -> None:
        nonlocal away_until
        if time.monotonic() < away_until:
            return
        try:
            for user_id, mine in groupby(events, key=lambda event: event.user_id):
                told = [_written(event) for event in mine]
                append(keys=[key(user_id)], args=[KEPT, KEPT_S, CHANNEL, user_id.hex, *told])
            for gone in (event for event in events if event.type in _FORGETTING):
                _forget(client, gone)
        except (redis.ConnectionError, redis.TimeoutError):
            away_until = time.monotonic() + PAUSE_S
            raise

    return announce


def _forget(client: redis.Redis, gone: Event) -> None:
    """Take what is gone out of its owner's stream, but for the word that it is gone."""
    stream = key(gone.user_id)
    if gone.type == EventType.ACCOUNT_ENDED:
        client.delete(stream)
        return
    entries: Any = client.xrange(stream)
    told_of = [id for id, fields in entries[:-1] if _is_of(gone, Entry.of(id, fields))]
    if told_of:
        client.xdel(stream, *told_of)


def _is_of(gone: Event, entry: Entry) -> bool:
    if entry.event["batch_id"] != gone.batch_id or entry.event["type"] in _FORGETTING:
        return False
    recording_id = gone.data.get("recording_id")
    return recording_id is None or entry.event["data"].get("recording_id") == recording_id


def speaks(redis_url: str) -> bool:
    """Whether redis-py understands the URL."""
    return redis_url.startswith(("redis://", "rediss://", "unix://"))


def _written(event: Event) -> str:
    said = {"type": event.type, "batch_id": event.batch_id, "at": rfc3339(event.at), "data": event.data}
    return json.dumps(said, ensure_ascii=False, separators=(",", ":"))
