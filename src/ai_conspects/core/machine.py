"""What this machine has, as far as it lets this process use it: cores, and memory."""

import os
from contextlib import suppress
from pathlib import Path

RECORDING_BYTES = 2 << 30
"""What one recording that is heard may need, model and decoder included (`bench.memory`; larger Whispers need most)."""


def cores() -> int:
    """Those that this process may run on."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory_bytes(limit: Path = Path("/sys/fs/cgroup/memory.max")) -> int:
    """All of it, or what the container may have."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    with suppress(OSError, ValueError):  # no container; no limit is the word "max"
        memory = min(memory, int(limit.read_text()))
    return memory


def heard_at_a_time(cores: int, memory_bytes: int) -> int:
    """How many recordings: half the cores, and no more than fit into memory."""
    return max(1, min(cores // 2, memory_bytes // RECORDING_BYTES))
