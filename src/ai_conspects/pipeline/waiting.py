"""What is worth waiting for, and how long."""

import random

from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout

LONGEST_WAIT_S = 300.0

DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeout)
"""It can't be reached, is full, or gave up on a lock or a deadlock: none of it is the work's fault."""


def wait_s(times: int, asked_for: float | None) -> float:
    """Seconds until the next try: 2, 4, 8 … 300 with jitter, and never less than the other side asked for.

    Full jitter over the upper half, after M. Brooker, "Exponential Backoff And Jitter" (2015).
    """
    backoff = min(LONGEST_WAIT_S, 2.0 ** min(times + 1, 16))
    return max(asked_for or 0.0, backoff * random.uniform(0.5, 1.0))  # noqa: S311  # spreads load; guards no secret
