"""Reads a user's stream from an entry on, and notices where something is missing."""

from uuid import UUID

import redis.asyncio

from ai_conspects.core.event_stream import START, Entry, key


class EventLog:
    """The streams in Redis. Every method raises `redis.RedisError` where it is away."""

    def __init__(self, client: redis.asyncio.Redis) -> None:
        """`client` must decode responses."""
        self._client = client

    async def newest(self, user_id: UUID) -> str:
        """The id of the user's last event, `START` where there is none."""
        found = await self._client.xrevrange(key(user_id), count=1)
        return str(found[0][0]) if found else START

    async def after(self, user_id: UUID, cursor: str) -> list[Entry] | None:
        """All that came after the entry with this id; None where that can't be told: some of it, or all, is gone."""
        async with self._client.pipeline(transaction=True) as both:
            both.xrange(key(user_id), min=f"({cursor}")
            both.xrevrange(key(user_id), count=1)
            later, newest = await both.execute()
        entries = [Entry.of(id, fields) for id, fields in later]
        if entries:
            return entries if entries[0].before == cursor else None
        return [] if (newest[0][0] if newest else START) == cursor else None
