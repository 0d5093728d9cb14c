"""How many recordings are heard at a time, where nobody says."""

from pathlib import Path

import pytest

from ai_conspects.core.machine import heard_at_a_time, memory_bytes

GIB = 1 << 30


@pytest.mark.parametrize(
    ("cores", "gib", "at_a_time"), [(1, 1, 1), (2, 24, 1), (8, 32, 4), (64, 16, 8), (16, 2, 1), (8, 0, 1)]
)
def test_half_the_cores_and_what_fits_into_memory(cores: int, gib: int, at_a_time: int) -> None:
    assert heard_at_a_time(cores, gib * GIB) == at_a_time


def test_a_containers_limit_counts_as_its_memory(tmp_path: Path) -> None:
    limit = tmp_path / "memory.max"
    assert memory_bytes(limit) > 1 << 20
    limit.write_text("1048576\n")
    assert memory_bytes(limit) == 1 << 20
    limit.write_text("max\n")
    assert memory_bytes(limit) > 1 << 20
