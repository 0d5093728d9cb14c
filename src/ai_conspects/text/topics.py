"""The coherent parts of a text, by where its vocabulary changes."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy import float64
from numpy.typing import NDArray

from ai_conspects.text.analysis import KeyPhrase, Topic
from ai_conspects.text.candidates import Found
from ai_conspects.text.key_phrases import heaviest
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.vectors import SparseRows, unit_rows, word_vectors
from ai_conspects.text.words import surfaces

_WORDS_A_TOPIC = 1_500
"""Of a long text; measured on meetings (Pk 0.41)."""
_WORDS_A_PART = 200
"""Of a short text, which is parted into `_FEW` at most."""
_FEW = 3
_BLOCKS = 600
"""The most units that boundaries are sought between; longer texts are taken several sentences at a time."""
_HEADINGS = 8
_HEADED = 2
"""Phrases in a heading: one alone seldom tells what of it."""


def topics(sentences: Sequence[Sentence], language: str, found: Sequence[tuple[Found, ...]]) -> tuple[Topic, ...]:
    """The parts, in order and without gaps: each with a heading that no other has, if it has a key phrase at all.

    `found` is what `key_phrases.occurrences` found in these sentences. The number of parts follows from the length; the
    places minimise how far the sentences point from their part's direction.
    """
    if not sentences:
        return ()
    said = sum(len(surfaces(sentence.text)) for sentence in sentences)
    bounds = _segment(word_vectors([sentence.text for sentence in sentences], language), _how_many(said))
    phrases = [heaviest(sentences[a : b + 1], found[a : b + 1], _HEADINGS) for a, b in bounds]
    return tuple(
        Topic(first=first, last=last, heading=", ".join(chosen[:_HEADED]), key_phrases=tuple(chosen[:5]))
        for (first, last), chosen in zip(bounds, _telling_apart(phrases), strict=True)
    )


def _how_many(said: int) -> int:
    return max(1, round(said / _WORDS_A_TOPIC), min(_FEW, said // _WORDS_A_PART))


def _segment(vectors: SparseRows, wanted: int) -> list[tuple[int, int]]:
    """First and last row of each of `wanted` parts (fewer where there are too few rows)."""
    rows = vectors.shape[0]
    step = -(-rows // _BLOCKS)
    blocks = unit_rows(vectors.blocks(step))
    count = len(blocks)
    parts = min(wanted, max(1, count // 2))
    shortest = max(1, count // (4 * parts))
    cost = _costs(blocks, shortest)
    best = cost[0].copy()
    before = np.zeros((parts, count + 1), dtype=int)
    for part in range(1, parts):
        total = best[:, None] + cost
        before[part] = total.argmin(axis=0)
        best = total.min(axis=0)
    ends = [count]
    for part in range(parts - 1, 0, -1):
        ends.append(int(before[part][ends[-1]]))
    starts = [0, *reversed(ends[1:])]
    return [(a * step, min(b * step, rows) - 1) for a, b in zip(starts, [*starts[1:], count], strict=True)]


def _costs(blocks: NDArray[float64], shortest: int) -> NDArray[float64]:
    """`[i, j]`: how much the blocks `i` to `j - 1` disagree: their number minus the length of their sum."""
    count = len(blocks)
    sums = np.zeros((count + 1, count + 1))
    sums[1:, 1:] = (blocks @ blocks.T).cumsum(axis=0).cumsum(axis=1)
    diagonal = np.diag(sums)
    squares = diagonal[None, :] - sums - sums.T + diagonal[:, None]
    lengths = np.arange(count + 1)[None, :] - np.arange(count + 1)[:, None]
    cost: NDArray[float64] = np.where(lengths >= shortest, lengths - np.sqrt(np.maximum(squares, 0)), np.inf)
    return cost


def _telling_apart(phrases: list[tuple[KeyPhrase, ...]]) -> list[list[str]]:
    """Each part's phrases, those first that other parts don't have; no two parts begin with the same."""
    spread = Counter(phrase.text for part in phrases for phrase in part)
    taken: set[str] = set()
    ordered: list[list[str]] = []
    for part in phrases:
        weights = {phrase.text: phrase.weight * np.log(1 + len(phrases) / spread[phrase.text]) for phrase in part}
        texts = sorted(weights, key=lambda text: (text in taken, -weights[text]))
        taken.update(texts[:1])
        ordered.append(texts)
    return ordered
