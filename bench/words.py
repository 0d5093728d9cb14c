"""How many words and letters of a transcript are wrong, as speech recognition counts it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import regex

_WORD = regex.compile(r"[\p{L}\p{M}\p{N}]+(?:['’][\p{L}\p{M}]+)*")


@dataclass(frozen=True)
class Errors:
    """Insertions, deletions and substitutions, and of how many that were said."""

    wrong: int = 0
    said: int = 0

    @property
    def rate(self) -> float | None:
        """None where nothing was said."""
        return self.wrong / self.said if self.said else None

    def __add__(self, other: "Errors") -> "Errors":
        return Errors(self.wrong + other.wrong, self.said + other.said)


def words(text: str) -> list[str]:
    """In small letters, without punctuation, ё as е. Numbers stay as they are written: “12” is not “twelve”."""
    return [word.replace("’", "'") for word in _WORD.findall(text.lower().replace("ё", "е"))]


def word_errors(reference: str, heard: str) -> Errors:
    """By words."""
    return Errors(_distance(words(reference), words(heard)), len(words(reference)))


def letter_errors(reference: str, heard: str) -> Errors:
    """By characters, one space between words."""
    said, told = " ".join(words(reference)), " ".join(words(heard))
    return Errors(_distance(said, told), len(said))


def _distance(one: Sequence[str], other: Sequence[str]) -> int:
    """Levenshtein's, a row at a time."""
    row = np.arange(len(other) + 1)
    letters = np.array(list(other), dtype=object)
    for number, unit in enumerate(one, start=1):
        changed = np.minimum(row[1:] + 1, row[:-1] + (letters != unit))
        fresh = np.concatenate([[number], changed])
        row = np.minimum.accumulate(fresh - np.arange(len(fresh))) + np.arange(len(fresh))
    return int(row[-1])
