"""The decoding processes of another one, by what the system lists."""

import os
from pathlib import Path

import pytest


def children(of: int) -> list[int]:
    """The numbers of its children, of zombies too."""
    threads = Path(f"/proc/{of}/task")
    if not (threads / str(of) / "children").exists():
        pytest.skip("this system doesn't list a process's children")
    return [int(number) for thread in threads.iterdir() for number in (thread / "children").read_text().split()]


def templates(of: int | None = None) -> list[int]:
    """Its templates (this process's, if none is named), and all zombies, which have no command line to know them by."""
    numbers = children(of or os.getpid())
    lines = {number: Path(f"/proc/{number}/cmdline").read_bytes() for number in numbers}
    return [number for number in numbers if not lines[number] or b"decoding.template" in lines[number]]


def decoders(of: int | None = None) -> list[int]:
    """The children of its templates."""
    return [child for template in templates(of) for child in children(template)]


def state(number: int) -> str:
    """The letter of proc(5), empty where there is no such process."""
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return ""
