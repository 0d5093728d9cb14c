"""The limiter: the same by Redis and alone, and never in the way when Redis is away."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest
import structlog
from hypothesis import given
from hypothesis import strategies as st
from redis.asyncio import Redis

from ai_conspects.core import rate_redis
from ai_conspects.core.rate import MOST_KEYS, RateLimiter
from ai_conspects.core.rate_policy import Policy, Verdict, verdict
from ai_conspects.core.rate_redis import LATER_S, UNTOLD
from tests.servers import valkey_server

THREE = Policy("three", 3, 60)


@dataclass
class Clock:
    """A clock that stands until it is moved."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


def hits(limiter: RateLimiter, times: int, key: str = "user", policy: Policy = THREE) -> list[Verdict]:
    async def all_of_them() -> list[Verdict]:
        try:
            return [await limiter.hit(policy, key) for _ in range(times)]
        finally:
            await limiter.close()

    return asyncio.run(all_of_them())


@pytest.fixture(params=["alone", "together"])
def limiter(request: pytest.FixtureRequest) -> Callable[[], RateLimiter]:
    url = request.getfixturevalue("redis_url") if request.param == "together" else ""
    return lambda: RateLimiter(url)


def test_a_quota_is_spent_and_then_refused(limiter: Callable[[], RateLimiter]) -> None:
    found = hits(limiter(), 5)

    assert [one.allowed for one in found] == [True, True, True, False, False]
    assert [one.remaining for one in found] == [2, 1, 0, 0, 0]
    assert found[-1].retry_after_s == pytest.approx(20, abs=1)  # a third of a minute for each
    assert found[-1].reset_s == pytest.approx(60, abs=1)


def test_keys_and_policies_are_counted_apart(limiter: Callable[[], RateLimiter]) -> None:
    assert not hits(limiter(), 4)[-1].allowed
    assert hits(limiter(), 1, key="another")[0].allowed
    assert hits(limiter(), 1, policy=Policy("other", 3, 60))[0].allowed


def test_a_refused_hit_costs_nothing(limiter: Callable[[], RateLimiter]) -> None:
    found = hits(limiter(), 50)
    assert found[-1].retry_after_s == pytest.approx(20, abs=2)


def test_processes_count_together(redis_url: str) -> None:
    assert [one.allowed for one in hits(RateLimiter(redis_url), 2)] == [True, True]
    assert [one.allowed for one in hits(RateLimiter(redis_url), 2)] == [True, False]


def test_a_quota_beyond_the_clocks_grain_is_no_outage(redis_url: str) -> None:
    with structlog.testing.capture_logs() as said:
        assert [one.allowed for one in hits(RateLimiter(redis_url), 2, policy=Policy("p", 10**12))] == [True, True]
    assert said == []


def test_a_crowd_at_once_is_counted_and_not_refused(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rate_redis, "PATIENCE_S", 20.0)  # a busy machine is no Redis that is away

    async def crowd() -> list[Verdict]:
        limiter = RateLimiter(redis_url)
        try:
            return await asyncio.gather(*(limiter.hit(Policy("crowd", 300, 3600), "user") for _ in range(400)))
        finally:
            await limiter.close()

    found = asyncio.run(crowd())
    assert sum(one.allowed for one in found) == 300


MANY = Policy("many", 320, 3600)


def test_hits_far_from_a_limit_are_let_in_at_once_and_counted_soon_after(redis_url: str) -> None:
    async def through() -> tuple[list[int], int, Verdict]:
        limiter, other, redis = RateLimiter(redis_url), RateLimiter(redis_url), Redis.from_url(redis_url)
        await redis.config_resetstat()
        found = [await limiter.hit(MANY, "user") for _ in range(20)]
        await asyncio.sleep(5 * LATER_S)
        calls = (await redis.info("commandstats"))["cmdstat_eval"]["calls"]
        seen = await other.hit(MANY, "user")
        for each in (limiter, other, redis):
            await (each.close() if isinstance(each, RateLimiter) else each.aclose())
        return [one.remaining for one in found], calls, seen

    remaining, calls, seen = asyncio.run(through())
    assert remaining == list(range(319, 299, -1))
    assert calls == 2  # the first, and nineteen together
    assert seen.remaining == 299


def test_processes_exceed_a_limit_by_no_more_than_they_may_keep_to_themselves(redis_url: str) -> None:
    async def rush(limiter: RateLimiter) -> int:
        return sum([(await limiter.hit(MANY, "user")).allowed for _ in range(400)])

    async def all_of_them() -> int:
        limiters = [RateLimiter(redis_url) for _ in range(3)]
        allowed = await asyncio.gather(*map(rush, limiters))
        for each in limiters:
            await each.close()
        return sum(allowed)

    assert MANY.quota <= asyncio.run(all_of_them()) <= MANY.quota * (1 + 3 / UNTOLD)


def test_what_is_known_of_a_key_grows_old(redis_url: str) -> None:
    clock = Clock()

    async def over_time() -> Verdict:
        limiter, other = RateLimiter(redis_url, clock), RateLimiter(redis_url)
        await limiter.hit(MANY, "user")
        for _ in range(100):
            await other.hit(MANY, "user")
        await asyncio.sleep(5 * LATER_S)
        clock.now += 2
        found = await limiter.hit(MANY, "user")
        await limiter.close()
        await other.close()
        return found

    assert asyncio.run(over_time()).remaining == pytest.approx(320 - 102, abs=1)


def test_a_redis_that_goes_away_in_between_stops_nobody() -> None:
    async def through() -> list[bool]:
        with valkey_server() as valkey:
            limiter = RateLimiter(valkey.url)
            found = [await limiter.hit(MANY, "user") for _ in range(5)]
        await asyncio.sleep(3 * LATER_S)
        found += [await limiter.hit(MANY, "user") for _ in range(40)]
        await limiter.close()
        return [one.allowed for one in found]

    assert asyncio.run(through()) == [True] * 45


def test_a_quota_comes_back_evenly() -> None:
    clock = Clock()
    limiter = RateLimiter("", clock)
    hits(limiter, 3)
    clock.now += 20.1
    assert [one.allowed for one in hits(limiter, 2)] == [True, False]
    clock.now += 60
    assert [one.allowed for one in hits(limiter, 4)] == [True, True, True, False]


def test_without_redis_a_process_counts_for_itself() -> None:
    limiter = RateLimiter("redis://127.0.0.1:9")
    assert [one.allowed for one in hits(limiter, 4)] == [True, True, True, False]


def test_what_a_process_remembers_is_bounded() -> None:
    limiter = RateLimiter("", Clock())

    async def many() -> None:
        for at in range(MOST_KEYS + 10):
            await limiter.hit(THREE, str(at))

    asyncio.run(many())
    assert len(limiter._due) == MOST_KEYS


@given(quota=st.integers(1, 10_000), window_s=st.integers(1, 86_400), full=st.floats(0, 1))
def test_what_is_told_hangs_together(quota: int, window_s: int, full: float) -> None:
    found = verdict(Policy("any", quota, window_s), True, full * window_s)
    assert 0 <= found.remaining <= quota
    assert (found.retry_after_s == 0) == (found.remaining > 0) or found.retry_after_s < 1e-3
    assert found.retry_after_s <= window_s / quota + 1e-6
