"""The coherent parts of a text, by where its vocabulary changes."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy import float32, float64
from numpy.typing import NDArray

from ai_conspects.text.analysis import KeyPhrase, Topic
from ai_conspects.text.candidates import Found
from ai_conspects.text.key_phrases import heaviest
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.vectors import unit_rows, word_vectors
from ai_conspects.text.words import surfaces

_WORDS_A_TOPIC = 1_500
"""Of a long text; measured on meetings (Pk 0.41)."""
_WORDS_A_PART = 200
"""Of a short text, which is parted into `_FEW` at most."""
_FEW = 3
_BLOCKS = 600
"""The most units that boundaries are sought between; longer texts are taken several sentences at a time."""
_HEADINGS = 8


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
        Topic(first=first, last=last, heading=chosen[0] if chosen else "", key_phrases=tuple(chosen[:5]))
        for (first, last), chosen in zip(bounds, _telling_apart(phrases), strict=True)
    )


def groups(sentences: Sequence[Sentence], found: Sequence[Topic], language: str, limit: int) -> list[list[Topic]]:
    """Neighbouring topics joined, the most alike first, until `limit` groups are left."""
    parts = [[topic] for topic in found]
    while len(parts) > max(1, limit):
        likeness = _likeness(sentences, parts, language)
        at = int(np.argmax(likeness))
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return parts


def suggested_notes(sentences: Sequence[Sentence], found: Sequence[Topic], language: str, limit: int) -> int:
    """How many notes the text deserves, 1 to `limit`: neighbouring parts with hardly a word in common, and enough said
    in each, are different matters."""
    distinct, enough = 0.025, 150
    parts = [[topic] for topic in found]
    while len(parts) > 1:
        likeness = _likeness(sentences, parts, language)
        sizes = [_size(sentences, part) for part in parts]
        short = [min(sizes[at], sizes[at + 1]) < enough for at in range(len(parts) - 1)]
        at = int(np.argmax(likeness + np.array(short)))
        if len(parts) <= limit and not short[at] and likeness[at] < distinct:
            break
        parts[at : at + 2] = [parts[at] + parts[at + 1]]
    return len(parts)


def _how_many(said: int) -> int:
    return max(1, round(said / _WORDS_A_TOPIC), min(_FEW, said // _WORDS_A_PART))


def _segment(vectors: NDArray[float32], wanted: int) -> list[tuple[int, int]]:
    """First and last row of each of `wanted` parts (fewer where there are too few rows)."""
    rows = len(vectors)
    step = -(-rows // _BLOCKS)
    blocks = unit_rows(np.add.reduceat(vectors, np.arange(0, rows, step)))
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


def _costs(blocks: NDArray[float32], shortest: int) -> NDArray[float64]:
    """`[i, j]`: how much the blocks `i` to `j - 1` disagree: their number minus the length of their sum."""
    count = len(blocks)
    sums = np.zeros((count + 1, count + 1))
    sums[1:, 1:] = (blocks @ blocks.T).astype(float64).cumsum(axis=0).cumsum(axis=1)
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


def _likeness(sentences: Sequence[Sentence], parts: list[list[Topic]], language: str) -> NDArray[float32]:
    """The cosine of each part with the next, shape `(len(parts) - 1,)`."""
    texts = [" ".join(s.text for s in sentences[part[0].first : part[-1].last + 1]) for part in parts]
    vectors = word_vectors(texts, language)
    cosines: NDArray[float32] = (vectors[:-1] * vectors[1:]).sum(axis=1)
    return cosines


def _size(sentences: Sequence[Sentence], part: list[Topic]) -> int:
    return sum(len(surfaces(s.text)) for s in sentences[part[0].first : part[-1].last + 1])
