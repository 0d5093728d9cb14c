"""Chunks: the pieces of a text that are embedded and found, cut along its sentences where its subject changes."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

import numpy as np

from ai_conspects.text import boundaries
from ai_conspects.text.languages import UNKNOWN
from ai_conspects.text.overlap import cosine
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.words import telling

TARGET_CHARS = 1_000
_SHORT = 0.8
"""Of the target: a chunk shorter than this costs, the shorter the more."""
_SHORTNESS, _COHESION = 2.0, 1.0
"""What an all but empty chunk costs, and a border in the midst of one subject; each chunk costs 1 by itself."""
_WINDOW = 3
"""Sentences on each side of a place that tell whether its subject changes there."""
_PAUSE_S = 3.0
"""A silence of so long is a border of subjects as good as the words' best."""


@dataclass(frozen=True)
class Chunk:
    """Neighbouring sentences; never none."""

    sentences: tuple[Sentence, ...]

    @property
    def text(self) -> str:
        """The sentences, joined by spaces."""
        return " ".join(sentence.text for sentence in self.sentences)

    @property
    def start_s(self) -> float | None:
        """The second at which the first sentence begins that has a time."""
        return next((s.start_s for s in self.sentences if s.start_s is not None), None)

    @property
    def end_s(self) -> float | None:
        """The second at which the last sentence ends that has a time."""
        return next((s.end_s for s in reversed(self.sentences) if s.end_s is not None), None)


def chunks(sentences: Sequence[Sentence], target_chars: int = TARGET_CHARS) -> list[Chunk]:
    """Chunks of at most `target_chars` characters, few and not much shorter, with their borders where neighbours share
    few words, or where nobody spoke for a while. Each begins with the last sentence of the one before, unless that is
    longer than half a chunk or leaves no room. A sentence longer than a chunk is cut between words.

    Measured (`bench/chunking.py`, ru/en): of 192 borders of paragraphs 102/94 become borders of chunks, where length
    alone hits 48/32; a question finds its chunk first in 91.0/94.5 % (by length 89.9/94.0, without overlap 89.9/92.5).
    """
    pieces = [piece for long in sentences for piece in _bounded(long, target_chars)]
    return [Chunk(tuple(pieces[first:last])) for first, last in _places(pieces, target_chars)]


def _places(pieces: Sequence[Sentence], target: int) -> list[tuple[int, int]]:
    """First piece of each chunk (the carried one included) and the one after its last: the cheapest way to cut, by
    dynamic programming over all that fit."""
    lengths = np.array([len(piece.text) + 1 for piece in pieces])  # with the space behind
    ends = np.concatenate([[0], lengths.cumsum()])
    carried = np.concatenate([[0], np.where((lengths - 1) * 2 <= target, lengths, 0)])  # by the chunk that begins there
    border = np.array([*(_COHESION * one for one in _cohesion(pieces)), 0.0])
    cost = np.zeros(len(pieces) + 1)
    begun = np.zeros(len(pieces) + 1, dtype=int)
    firsts = np.searchsorted(ends, ends - 1 - target)
    for end in range(1, len(pieces) + 1):
        starts = slice(firsts[end], end)
        sizes = ends[end] - 1 - ends[starts]
        shortness = np.maximum(0.0, 1 - sizes / (_SHORT * target))
        totals = cost[starts] + _SHORTNESS * shortness**2
        totals[:-1][(sizes + carried[starts])[:-1] > target] = np.inf
        best = len(totals) - 1 - int(totals[::-1].argmin())  # the shortest of equally good ones
        begun[end], cost[end] = firsts[end] + best, totals[best] + 1 + border[end]
    cuts = [len(pieces)]
    while cuts[-1] > 0:
        cuts.append(int(begun[cuts[-1]]))
    return [
        (first - 1 if 0 < carried[first] <= target - (ends[last] - 1 - ends[first]) else first, last)
        for first, last in pairwise(reversed(cuts))
    ]


def _cohesion(pieces: Sequence[Sentence]) -> list[float]:
    """For the place before each piece, how much what surrounds it is of one subject: −2 to 2, 0 on the average."""
    words = [dict(telling(piece.text, UNKNOWN)) for piece in pieces]
    raw = [
        0.0 if _is_pause(pieces, at) else cosine(_sum(words[max(0, at - _WINDOW) : at]), _sum(words[at : at + _WINDOW]))
        for at in range(1, len(pieces))
    ]
    mean = sum(raw) / len(raw) if raw else 0.0
    spread = sqrt(sum((one - mean) ** 2 for one in raw) / len(raw)) if raw else 0.0
    return [0.0, *((max(-2.0, min(2.0, (one - mean) / spread)) if spread else 0.0) for one in raw)]


def _is_pause(pieces: Sequence[Sentence], at: int) -> bool:
    before, after = pieces[at - 1].end_s, pieces[at].start_s
    return before is not None and after is not None and after - before >= _PAUSE_S


def _sum(parts: Sequence[Mapping[str, float]]) -> Counter[str]:
    total: Counter[str] = Counter()
    for part in parts:
        total.update(part)
    return total


def _bounded(sentence: Sentence, longest: int) -> list[Sentence]:
    places = boundaries.pieces(sentence.text, (0, len(sentence.text)), longest)
    if len(places) == 1:
        return [sentence]
    return [sentence.model_copy(update={"text": sentence.text[first:last]}) for first, last in places]
