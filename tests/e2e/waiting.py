"""Waits for a condition, never for a time."""

import time
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")


def until(condition: Callable[[], T], deadline_s: float = 60, every_s: float = 0.05) -> T:
    """What the condition gives, once that is true. Fails when the deadline passes."""
    deadline = time.monotonic() + deadline_s
    while not (found := condition()):
        assert time.monotonic() < deadline, "the deadline passed"
        time.sleep(every_s)
    return found


def until_none(found: Callable[[], Sequence[object]], deadline_s: float = 60, every_s: float = 0.05) -> None:
    """Return once nothing is found any more. Fails when the deadline passes, with what is left."""
    deadline = time.monotonic() + deadline_s
    while left := found():
        assert time.monotonic() < deadline, f"the deadline passed with {left}"
        time.sleep(every_s)
