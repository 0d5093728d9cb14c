"""Sentences of one text as vectors of their words, good for comparing them with each other and nothing else."""

from array import array
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy import float64, intp
from numpy.typing import NDArray

from ai_conspects.text.words import is_stop_word, rarity, telling, terms, words

_VOCABULARY = 1_500
"""Columns: the words that most rows share. The others tell nothing about likeness."""


@dataclass(frozen=True)
class SparseRows:
    """A sparse matrix: `values[i]` stands in row `rows[i]` and column `columns[i]`; rows ascend.

    A sentence has ten of the text's thousands of words: memory and time grow with what was said, not with its square.
    """

    rows: NDArray[intp]
    columns: NDArray[intp]
    values: NDArray[float64]
    shape: tuple[int, int]

    def times(self, direction: NDArray[float64]) -> NDArray[float64]:
        """The product with a vector of columns: one number a row."""
        return _sums(self.rows, self.values * direction[self.columns], self.shape[0])

    def total(self) -> NDArray[float64]:
        """The sum of all rows."""
        return _sums(self.columns, self.values, self.shape[1])

    def row(self, at: int) -> NDArray[float64]:
        """One row, written out."""
        first, last = np.searchsorted(self.rows, [at, at + 1])
        return _sums(self.columns[first:last], self.values[first:last], self.shape[1])

    def among(self, first: int, last: int) -> "SparseRows":
        """The rows from `first` to the one before `last`, numbered anew from 0."""
        begin, end = np.searchsorted(self.rows, [first, last])
        rows = self.rows[begin:end] - first
        return SparseRows(rows, self.columns[begin:end], self.values[begin:end], (last - first, self.shape[1]))

    def blocks(self, step: int) -> NDArray[float64]:
        """Each `step` rows added up, written out: shape `(ceil(rows / step), columns)`."""
        count, width = -(-self.shape[0] // step), self.shape[1]
        places = self.rows // step * width + self.columns
        return _sums(places, self.values, count * width).reshape(count, width)


def word_vectors(texts: Sequence[str], language: str) -> SparseRows:
    """As `vectors_of`, one row a text."""
    return vectors_of(counts(texts, language))


@dataclass(frozen=True)
class Counts:
    """How many `times` a row has the unit of a column (a word); `weights` of columns, `lengths` of rows in words."""

    rows: NDArray[intp]
    columns: NDArray[intp]
    times: NDArray[float64]
    weights: NDArray[float64]
    lengths: NDArray[intp]
    shape: tuple[int, int]

    def spread(self) -> NDArray[intp]:
        """In how many rows each word occurs."""
        return np.bincount(self.columns, minlength=self.shape[1])


def pairs(text: str, language: str) -> Iterator[tuple[str, float]]:
    """Telling words that stand side by side («нейронной сети»), in their dictionary forms, with the product of their
    rarities."""
    for word, after in pairwise(words(text)):
        if not is_stop_word(word, language) and not is_stop_word(after, language):
            first, second = terms(word, language)[0], terms(after, language)[0]
            if first != second:
                yield f"{first} {second}", rarity(word, language) * rarity(after, language)


def counts(
    texts: Sequence[str], language: str, units: Callable[[str, str], Iterable[tuple[str, float]]] = telling
) -> Counts:
    """Each text's telling words in their dictionary form, or other `units` of it with their weights."""
    known: dict[str, int] = {}
    weights: list[float] = []
    rows, columns, times, lengths = array("q"), array("q"), array("d"), array("q")
    for row, text in enumerate(texts):
        found: Counter[str] = Counter()
        for unit, weight in units(text, language):
            found[unit] += 1
            if unit not in known:
                known[unit] = len(known)
                weights.append(weight)
        rows.extend([row] * len(found))
        columns.extend(known[unit] for unit in found)
        times.extend(found.values())
        lengths.append(len(words(text)))
    return Counts(
        rows=_numbers(rows),
        columns=_numbers(columns),
        times=np.array(times, dtype=float64),
        weights=np.array(weights, dtype=float64),
        lengths=_numbers(lengths),
        shape=(len(texts), len(known)),
    )


def vectors_of(counted: Counts) -> SparseRows:
    """At most 1500 columns: lemmas weighed by rarity in the language and in this text; rows of length 1, or empty where
    a text holds nothing that tells."""
    rows = counted.shape[0]
    spread = counted.spread()
    weights = counted.weights * np.log(1 + rows / np.maximum(spread, 1))
    values = (1 + np.log(counted.times)) * weights[counted.columns]
    common = commonest(spread, _VOCABULARY)
    kept = common[counted.columns] >= 0
    places, columns, values = counted.rows[kept], common[counted.columns[kept]], values[kept]
    lengths = np.sqrt(_sums(places, values * values, rows))
    return SparseRows(places, columns, values / lengths[places], (rows, max(1, min(_VOCABULARY, len(spread)))))


def unit_rows(matrix: NDArray[float64]) -> NDArray[float64]:
    """The same directions with length 1; rows of zeros stay."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: NDArray[float64] = np.divide(matrix, lengths, out=np.zeros_like(matrix), where=lengths > 0)
    return unit


def commonest(spread: NDArray[intp], limit: int) -> NDArray[intp]:
    """New numbers for the columns that most rows have, the most widely spread first; -1 for all but `limit`."""
    numbers = np.full(len(spread), -1, dtype=intp)
    best = np.argsort(-spread, kind="stable")[:limit]
    numbers[best] = np.arange(len(best))
    return numbers


def _sums(places: NDArray[intp], values: NDArray[float64], count: int) -> NDArray[float64]:
    """The sum of the values at each of `count` places."""
    return np.bincount(places, values, minlength=count).astype(float64)


def _numbers(values: "array[int]") -> NDArray[intp]:
    return np.array(values, dtype=intp)
