"""`Range: bytes=…` (RFC 9110, section 14): which part of a representation is asked for."""

import re
from dataclasses import dataclass

_ONE = re.compile(r"bytes\s*=\s*(\d{0,19})\s*-\s*(\d{0,19})\s*", re.IGNORECASE | re.ASCII)


class NotSatisfiable(ValueError):
    """Nothing of what is asked for is there."""


@dataclass(frozen=True)
class Part:
    """`length` bytes from `start` on, of `size` in all."""

    start: int
    length: int
    size: int

    @property
    def content_range(self) -> str:
        return f"bytes {self.start}-{self.start + self.length - 1}/{self.size}"


def part(header: str | None, size: int) -> Part | None:
    """The part that is asked for; None for the whole: no range, several, or one that is none. Raises `NotSatisfiable`.

    A server may ignore any range; several at once are asked for by hardly any player.
    """
    asked = _ONE.fullmatch(header.strip()) if header else None
    if asked is None or asked[1] == asked[2] == "":
        return None
    if asked[1] == "":
        length = min(int(asked[2]), size)
        start = size - length
    else:
        start, last = int(asked[1]), int(asked[2]) if asked[2] else size - 1
        if asked[2] and last < start:
            return None
        length = min(last, size - 1) - start + 1
    if length <= 0:
        raise NotSatisfiable
    return Part(start, length, size)
