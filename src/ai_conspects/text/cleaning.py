"""Cleaning a transcript without rewriting it: white space, and words that two neighbours both heard of one sound."""

from collections.abc import Sequence
from dataclasses import dataclass

import regex

from ai_conspects.text.words import words

_LOOSE = regex.compile(r"(?<=[^\s\p{P}])\s+(?=[,.](?:\s|$))")
_MOST_WORDS = 50
"""Words: no engine hears a longer piece twice."""
_SAME_SOUND = 0.5
"""The share of their time that two copies of a fragment have in common at least, if they were heard in one sound."""
_QUICKEST_S = 0.025
"""Seconds a character: pieces of a recording that overlap by less than that can't both hold the fragment."""


@dataclass(frozen=True)
class Piece:
    """A segment's text and seconds. `times` are those of its words, one for each of `text.split()`, or empty."""

    text: str
    start_s: float
    end_s: float
    times: tuple[tuple[float, float], ...] = ()


def spaced(text: str) -> str:
    """One space between words, and none before a comma or full stop."""
    tight: str = _LOOSE.sub("", " ".join(text.split()))
    return tight


def doubled(before: Piece, after: Piece) -> int:
    """How many words at the beginning of `after` are the end of `before`, heard a second time where windows join.

    Case and punctuation don't count, time does: what a speaker really says twice has a time of its own.
    """
    ended, begun = [_key(word) for word in before.text.split()], [_key(word) for word in after.text.split()]
    for count in range(min(len(ended), len(begun), _MOST_WORDS), 0, -1):
        if ended[-count:] == begun[:count] and _is_one_sound(before, after, count):
            return count
    return 0


def _is_one_sound(before: Piece, after: Piece, count: int) -> bool:
    if before.times and after.times:
        copies = list(zip(before.times[-count:], after.times[:count], strict=True))
        shared_s = sum(max(0.0, min(one[1], other[1]) - max(one[0], other[0])) for one, other in copies)
        shorter_s = sum(min(one[1] - one[0], other[1] - other[0]) for one, other in copies)
        return shared_s > 0 and shared_s >= _SAME_SOUND * shorter_s
    fragment = " ".join(after.text.split()[:count])
    return before.end_s - after.start_s >= _QUICKEST_S * len(fragment)


def without_beginning(text: str, count: int) -> str:
    """The text without its first words."""
    return " ".join(text.split()[count:])


def _key(word: str) -> Sequence[str] | str:
    return words(word) or word
