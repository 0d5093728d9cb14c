"""ROUGE: how many of a reference's words, pairs of words, and words in order a summary has.

Lin, 2004. F1 of whole texts. English by its words in small letters: the figures of `rouge-score` with
`use_stemmer=False`, but for "don't", which is one word here. Other languages by dictionary forms or stems: in Russian
the same word seldom has the same ending twice. Scripts without spaces by pairs of characters.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy import intp
from numpy.typing import NDArray

from ai_conspects.text.words import lemmas, words


@dataclass(frozen=True)
class Rouge:
    """F1 in percent."""

    one: float
    two: float
    longest: float


def rouge(reference: str, summary: str, language: str) -> Rouge:
    """ROUGE-1, -2 and -L."""
    wanted, told = (words(text) if language == "en" else lemmas(text, language) for text in (reference, summary))
    common = _longest_common(wanted, told)
    return Rouge(_of_runs(wanted, told, 1), _of_runs(wanted, told, 2), _f1(common, len(wanted), len(told)))


def _of_runs(wanted: Sequence[str], told: Sequence[str], length: int) -> float:
    ours, theirs = (
        Counter(tuple(said[at : at + length]) for at in range(len(said) - length + 1)) for said in (wanted, told)
    )
    return _f1((ours & theirs).total(), ours.total(), theirs.total())


def _f1(common: int, wanted: int, told: int) -> float:
    return 200 * common / (wanted + told) if wanted + told else 0.0


def _longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """Words of the longest common subsequence, a row at a time."""
    row: NDArray[intp] = np.zeros(len(other) + 1, dtype=intp)
    said = np.array(list(other), dtype=object)
    for word in one:
        row[1:] = np.maximum.accumulate(np.maximum(row[1:], row[:-1] + (said == word)))
    return int(row[-1])
