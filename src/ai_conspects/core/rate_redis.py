"""Hits counted in Redis for all processes together; most of them are told to it when they have been let in.

Who has spent little is let in by what this process knows of him, so that no request waits for Redis, and is counted
within `LATER_S`, with all others of that moment by one call. Who comes nearer to a limit, and every limit too small for
that, is counted before. So a limit is exact but for a sixteenth of it, in each process, for that long.
"""

import asyncio
import math
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

from redis.asyncio import Redis

from ai_conspects.core.rate_policy import Policy, Verdict, verdict

PATIENCE_S = 0.25
AT_ONCE = 100
"""Keys that one call counts, at the most: Redis does nothing else meanwhile."""
LATER_S = 0.05
FRESH_S = 1.0
"""So long holds what Redis said: other processes count as well."""
UNTOLD = 16
"""Hits that Redis doesn't know of yet, at the most: a quota divided by this."""
MOST_KNOWN = 10_000

# `redis.call('TIME')` makes all processes use one clock. Scripts are atomic, so no two hits see the same state.
_SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local told = {}
for at, key in ipairs(KEYS) do
  local window, each = tonumber(ARGV[4 * at - 3]), tonumber(ARGV[4 * at - 2])
  local spent, asks = tonumber(ARGV[4 * at - 1]), ARGV[4 * at] == '1'
  local due = math.max(tonumber(redis.call('GET', key) or now), now) + spent * each
  local allowed = asks and due + each - window <= now
  if allowed then
    due = due + each
  end
  if allowed or spent > 0 then
    redis.call('SET', key, string.format('%.6f', due), 'PX', math.max(1, math.ceil((due - now) * 1000)))
  end
  told[at] = {allowed and 1 or 0, string.format('%.6f', due - now)}
end
return told
"""


@dataclass
class _Account:
    """A key as Redis told of it at `at_s`, and the hits since then of which it doesn't know."""

    policy: Policy
    full_in_s: float = 0.0
    at_s: float = -math.inf
    untold: int = 0

    def spend(self, now_s: float) -> Verdict | None:
        """Let one in, where it is sure enough that it may."""
        policy = self.policy
        if now_s - self.at_s > FRESH_S or self.untold >= policy.quota // UNTOLD:
            return None
        full_in_s = max(0.0, self.full_in_s - (now_s - self.at_s)) + (self.untold + 1) * policy.each_s
        if full_in_s > policy.window_s / 2:
            return None
        self.untold += 1
        return verdict(policy, True, full_in_s)


@dataclass(frozen=True)
class _Hit:
    """What Redis is asked of a key; without `told`, it is only told what was spent."""

    policy: Policy
    place: str
    told: "asyncio.Future[Verdict] | None"


class RedisCounts:
    """One for a process; `close` at its end. It asks by one call at a time, for all who wait."""

    def __init__(self, redis_url: str, clock: Callable[[], float]) -> None:
        self._redis = Redis.from_url(redis_url, socket_timeout=PATIENCE_S, socket_connect_timeout=PATIENCE_S)
        self._clock = clock
        self._known: OrderedDict[str, _Account] = OrderedDict()
        self._untold: dict[str, _Account] = {}
        self._later: asyncio.TimerHandle | None = None
        self._waiting: list[_Hit] = []
        self._asking: asyncio.Task[None] | None = None

    async def hit(self, policy: Policy, place: str) -> Verdict:
        """Count one hit at this key of Redis, unless it is refused. Raises `RedisError` or `OSError`."""
        loop = asyncio.get_running_loop()
        known = self._known.get(place)
        if known is not None and (found := known.spend(self._clock())) is not None:
            self._untold[place] = known
            self._later = self._later or loop.call_later(LATER_S, self._tell)
            return found
        told: asyncio.Future[Verdict] = loop.create_future()
        self._ask(_Hit(policy, place, told))
        return await told

    async def close(self) -> None:
        """Give the connection back. Hits of the last moment may stay untold."""
        if self._later is not None:
            self._later.cancel()
        if self._asking is not None:
            self._asking.cancel()
        await self._redis.aclose()

    def _tell(self) -> None:
        self._later = None
        untold, self._untold = self._untold, {}
        self._ask(*(_Hit(account.policy, place, None) for place, account in untold.items()))

    def _ask(self, *hits: _Hit) -> None:
        self._waiting.extend(hits)
        if self._asking is None or self._asking.done():
            self._asking = asyncio.create_task(self._ask_for_all())

    async def _ask_for_all(self) -> None:
        while hits := self._waiting[:AT_ONCE]:
            try:
                found = await self._count(hits)
            except Exception as error:  # whatever it is, nobody may wait for it
                for hit in self._waiting:
                    if hit.told and not hit.told.done():
                        hit.told.set_exception(error)
                self._waiting.clear()
                return
            for hit, told in zip(hits, found, strict=True):
                if hit.told and not hit.told.done():  # whoever asked may be gone
                    hit.told.set_result(told)
            del self._waiting[: len(hits)]

    async def _count(self, hits: list[_Hit]) -> list[Verdict]:
        untold = {hit.place: account.untold for hit in hits if (account := self._known.get(hit.place))}
        spent = [untold.pop(hit.place, 0) for hit in hits]  # a key's first: it may be there twice
        given = chain.from_iterable(
            (hit.policy.window_s, hit.policy.each_s, of_it, int(hit.told is not None))
            for hit, of_it in zip(hits, spent, strict=True)
        )
        told = await self._redis.eval(_SCRIPT, len(hits), *(hit.place for hit in hits), *map(str, given))
        for hit, of_it, (_, full) in zip(hits, spent, told, strict=True):
            self._learn(hit, of_it, float(full))
        return [verdict(hit.policy, bool(yes), float(full)) for hit, (yes, full) in zip(hits, told, strict=True)]

    def _learn(self, hit: _Hit, spent: int, full_in_s: float) -> None:
        account = self._known.setdefault(hit.place, _Account(hit.policy))
        account.full_in_s, account.at_s = full_in_s, self._clock()
        account.untold -= spent
        self._known.move_to_end(hit.place)
        if len(self._known) > MOST_KNOWN:
            self._known.popitem(last=False)
