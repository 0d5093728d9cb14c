"""How often somebody may do a thing: the generic cell rate algorithm, in Redis for all processes together.

While Redis is away each process counts for itself: limits grow looser by the number of processes, and nobody is let in
or locked out by it. It decides nothing about who is asking and what is answered: see `rate_limits`.
"""

import hashlib
import math
import time
from collections import OrderedDict
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from ai_conspects.core.rate_policy import Policy, Verdict, verdict
from ai_conspects.core.rate_redis import RedisCounts

log = structlog.get_logger()

AWAY_S = 5.0
"""So long is a Redis that failed not asked again."""
MOST_KEYS = 50_000
"""Of those that a process counts for itself, the oldest are forgotten beyond this."""


class RateLimiter:
    """Counts hits by policy and key. Made once for a process; `close` at its end."""

    def __init__(self, redis_url: str, clock: Callable[[], float] = time.monotonic) -> None:
        """Without a URL, this process counts alone."""
        self._together = RedisCounts(redis_url, clock) if redis_url else None
        self._clock = clock
        self._away_until = -math.inf
        self._due: OrderedDict[str, float] = OrderedDict()

    async def hit(self, policy: Policy, key: str) -> Verdict:
        """Count one hit, unless it is refused. Never raises for Redis's sake."""
        place = f"rate:{policy.name}:{hashlib.sha256(key.encode()).hexdigest()[:32]}"
        if self._together is not None and self._clock() >= self._away_until:
            try:
                return await self._together.hit(policy, place)
            except (RedisError, OSError) as error:
                self._away_until = self._clock() + AWAY_S
                log.warning("rate.redis_away", error=type(error).__name__)
        return self._alone(policy, place)

    async def close(self) -> None:
        """Give the connection back."""
        if self._together is not None:
            await self._together.close()

    def _alone(self, policy: Policy, place: str) -> Verdict:
        now = self._clock()
        due = max(self._due.pop(place, now), now)
        after = due + policy.each_s
        allowed = after - policy.window_s <= now
        self._due[place] = after if allowed else due
        while len(self._due) > MOST_KEYS:
            self._due.popitem(last=False)
        return verdict(policy, allowed, self._due[place] - now)
