"""Finds what an earlier run left behind and ends it. Looks through `/proc`; where there is none, finds nothing."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

MARK = "AI_CONSPECTS_SUPERVISED"
"""An environment variable of every child that is ours, holding the data folder."""


def marked(home: Path) -> set[int]:
    """Processes that carry this data folder's mark."""
    mark = os.fsencode(f"{MARK}={home}")
    return {pid for pid in _pids() if pid != os.getpid() and mark in _bytes(pid, "environ").split(b"\0")}


def working_in(program: str, folder: Path) -> set[int]:
    """Processes of this program that work in the folder, as PostgreSQL and Valkey do in their data folders."""
    return {pid for pid in _pids() if _bytes(pid, "comm").decode().strip() == program and _cwd(pid) == folder}


def end(find: Callable[[], set[int]], first: Callable[[set[int]], None], grace_s: float) -> None:
    """Until `find` finds nothing: tell them once by `first`, and kill them when the grace is over."""
    found = find()
    if not found:
        return
    first(found)
    deadline = time.monotonic() + grace_s
    while found := find():
        if time.monotonic() > deadline:
            send(found, signal.SIGKILL)
        time.sleep(0.05)


def send(pids: set[int], number: signal.Signals) -> None:
    """Signal each that is still there."""
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)


def _pids() -> Iterator[int]:
    proc = Path("/proc")
    if proc.is_dir():
        yield from (int(entry.name) for entry in proc.iterdir() if entry.name.isdigit())


def _bytes(pid: int, name: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{name}").read_bytes()
    except OSError:
        return b""


def _cwd(pid: int) -> Path | None:
    try:
        return Path(f"/proc/{pid}/cwd").readlink()
    except OSError:
        return None
