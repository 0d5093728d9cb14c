"""Wrong proofs are counted by device and address: after ten in a quarter of an hour they are refused unread.

Only failures count, and only they are refused: the owner with the right secret is let in whatever others have tried.
A secret has 256 random bits, so this keeps load away, not guesses.
"""

from typing import Annotated, Protocol, cast

from anyio.from_thread import run
from fastapi import Depends, Request

from ai_conspects.core.errors import TooMany
from ai_conspects.core.rate import RateLimiter
from ai_conspects.core.rate_limits import address_of
from ai_conspects.core.rate_policy import Policy, Verdict

POLICY = Policy("failed-logins", 10, 900)


class TooManyFailures(TooMany):
    """Too many wrong secrets for one device from one address."""

    code = "too_many_failures"

    def __init__(self, retry_after: float) -> None:
        super().__init__("Too many attempts with a wrong secret. Try again later.", retry_after=retry_after)


class Failures(Protocol):
    """Called with the device's id after a proof was wrong. Raises `TooManyFailures`."""

    def __call__(self, device_id: str) -> None: ...


def failures(request: Request) -> Failures:
    """The counter for this request's address."""
    limiter = cast("RateLimiter", request.app.state.rate_limiter)
    address = address_of(request.scope)

    def count(device_id: str) -> None:
        found: Verdict = run(limiter.hit, POLICY, f"{address} {device_id}")  # routes run in anyio's threads
        if not found.allowed:
            raise TooManyFailures(found.retry_after_s)

    return count


FailuresDep = Annotated[Failures, Depends(failures)]
