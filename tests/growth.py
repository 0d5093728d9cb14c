"""How work grows with its size: told by processor time, as a clock tells more of the machine's other work."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

EVENLY = 12
"""At four times the size, work that grows evenly takes about 4 times as long, with the square 16 times."""


def times_as_long(work: Callable[[T], object], small: T, large: T) -> float:
    """How many times as long the larger takes, each at its best of three."""
    work(small)  # what is loaded once is not what is measured
    return _seconds(work, large) / _seconds(work, small)


def _seconds(work: Callable[[T], object], size: T) -> float:
    taken = []
    for _ in range(3):
        began = time.thread_time()
        work(size)
        taken.append(time.thread_time() - began)
    return max(min(taken), 1e-4)
