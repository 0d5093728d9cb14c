"""How often is allowed, and how what was counted stands to that."""

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Policy:
    """`quota` hits within `window_s` seconds, refilled evenly; `name` is what clients are told."""

    name: str
    quota: int
    window_s: int = 60

    @property
    def each_s(self) -> float:
        """How long one hit takes to come back."""
        return self.window_s / self.quota


@dataclass(frozen=True)
class Verdict:
    """`remaining` hits are free now; `reset_s` until all are; `retry_after_s` until the next one is, 0 if now."""

    allowed: bool
    remaining: int
    reset_s: float
    retry_after_s: float


def verdict(policy: Policy, allowed: bool, full_in_s: float) -> Verdict:
    """What a state means: `full_in_s` is how long until the whole quota is free again."""
    remaining = max(0, math.floor((policy.window_s - full_in_s) / policy.each_s + 1e-6))
    wait_s = max(0.0, full_in_s + policy.each_s - policy.window_s)
    return Verdict(allowed, remaining, full_in_s, 0.0 if remaining else wait_s)
