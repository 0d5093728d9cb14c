"""A short soak with a seed of its own each time; `make soak` is the long one."""

import random

import pytest

from tests.faults.soak import soak


def test_nothing_is_lost_in_a_short_soak(capsys: pytest.CaptureFixture[str]) -> None:
    seed = random.SystemRandom().randrange(10_000)
    told, broken = soak(seed, 12)
    with capsys.disabled():
        print(f"\n{told}")
    assert broken == [], f"python -m tests.faults.soak --minutes 0.2 --seed {seed}"
