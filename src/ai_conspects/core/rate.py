"""How often somebody may do a thing: the generic cell rate algorithm, in Redis for all processes together.

While Redis is away each process counts for itself: limits grow looser by the number of processes, and nobody is let in
or locked out by it. It decides nothing about who is asking and what is answered: see `rate_limits`.
"""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

import structlog
from redis.asyncio import BlockingConnectionPool, Redis
from redis.exceptions import RedisError

log = structlog.get_logger()

PATIENCE_S = 0.25
CONNECTIONS = 16
AWAY_S = 5.0
"""So long is a Redis that failed not asked again."""
MOST_KEYS = 50_000
"""Of those that a process counts for itself, the oldest are forgotten beyond this."""


@dataclass(frozen=True)
class Policy:
    """`quota` hits within `window_s` seconds, refilled evenly; `name` is what clients are told."""

    name: str
    quota: int
    window_s: int = 60


@dataclass(frozen=True)
class Verdict:
    """`remaining` hits are free now; `reset_s` until all are; `retry_after_s` until the next one is, 0 if now."""

    allowed: bool
    remaining: int
    reset_s: float
    retry_after_s: float


# `redis.call('TIME')` makes all processes use one clock. Scripts are atomic, so no two hits see the same state.
_SCRIPT = """
local time = redis.call('TIME')
local now = tonumber(time[1]) + tonumber(time[2]) / 1e6
local quota, window = tonumber(ARGV[1]), tonumber(ARGV[2])
local due = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
local after = due + window / quota
local allowed = after - window <= now
if allowed then
  redis.call('SET', KEYS[1], string.format('%.6f', after), 'PX', math.max(1, math.ceil((after - now) * 1000)))
  due = after
end
return {allowed and 1 or 0, string.format('%.6f', due - now)}
"""


class RateLimiter:
    """Counts hits by policy and key. Made once for a process; `close` at its end."""

    def __init__(self, redis_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Without a URL, this process counts alone."""
        self._redis = _client(redis_url) if redis_url else None
        self._clock = clock
        self._away_until = -math.inf
        self._due: OrderedDict[str, float] = OrderedDict()

    async def hit(self, policy: Policy, key: str) -> Verdict:
        """Count one hit, unless it is refused. Never raises for Redis's sake."""
        place = f"rate:{policy.name}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        if self._redis is not None and self._clock() >= self._away_until:
            try:
                return await self._together(self._redis, policy, place)
            except (RedisError, OSError) as error:
                self._away_until = self._clock() + AWAY_S
                log.warning("rate.redis_away", error=type(error).__name__)
        return self._alone(policy, place)

    async def close(self) -> None:
        """Give the connections back."""
        if self._redis is not None:
            await self._redis.aclose()

    async def _together(self, redis: Redis, policy: Policy, place: str) -> Verdict:
        allowed, full_in = await redis.eval(_SCRIPT, 1, place, str(policy.quota), str(policy.window_s))
        return verdict(policy, bool(allowed), float(full_in))

    def _alone(self, policy: Policy, place: str) -> Verdict:
        now = self._clock()
        due = max(self._due.pop(place, now), now)
        after = due + policy.window_s / policy.quota
        allowed = after - policy.window_s <= now
        self._due[place] = after if allowed else due
        while len(self._due) > MOST_KEYS:
            self._due.popitem(last=False)
        return verdict(policy, allowed, self._due[place] - now)


def _client(redis_url: str) -> Redis:
    """A few connections: a crowd of requests waits for one a moment, where a plain pool would refuse the crowd."""
    pool = BlockingConnectionPool.from_url(
        redis_url,
        max_connections=CONNECTIONS,
        timeout=PATIENCE_S,
        socket_timeout=PATIENCE_S,
        socket_connect_timeout=PATIENCE_S,
    )
    return Redis.from_pool(pool)


def verdict(policy: Policy, allowed: bool, full_in_s: float) -> Verdict:
    """What a state means: `full_in_s` is how long until the whole quota is free again."""
    each_s = policy.window_s / policy.quota
    remaining = max(0, math.floor((policy.window_s - full_in_s) / each_s + 1e-6))
    wait_s = max(0.0, full_in_s + each_s - policy.window_s)
    return Verdict(allowed, remaining, full_in_s, 0.0 if remaining else wait_s)
