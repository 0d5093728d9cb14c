"""Chunks: the pieces of a text that are embedded and found, cut along its sentences where its subject changes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt

from ai_conspects.text import boundaries
from ai_conspects.text.languages import UNKNOWN
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.words import content_words, rarity, terms

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
    alone hits 48/32; a question finds its chunk first in 92.0/93.5 % (by length 91.0/92.5, without overlap 90.5/92.0).
    """
    pieces = [piece for long in sentences for piece in _bounded(long, target_chars)]
    return [Chunk(tuple(pieces[first:last])) for first, last in _places(pieces, target_chars)]


def _places(pieces: Sequence[Sentence], target: int) -> list[tuple[int, int]]:
    """First piece of each chunk (the carried one included) and the one after its last: the cheapest way to cut, by
    dynamic programming over all that fit."""
    cohesion = _cohesion(pieces)
    lengths = [len(piece.text) for piece in pieces]
    cost = [0.0] + [float("inf")] * len(pieces)
    begun = [0] * (len(pieces) + 1)
    for end in range(1, len(pieces) + 1):
        size = -1
        for start in range(end - 1, -1, -1):
            size += lengths[start] + 1
            if size > target:
                break
            if size + _carried(lengths, start, target) > target and end - start > 1:
                continue
            shortness = max(0.0, 1 - size / (_SHORT * target))
            border = _COHESION * cohesion[end] if end < len(pieces) else 0.0
            total = cost[start] + 1 + _SHORTNESS * shortness**2 + border
            if total < cost[end]:
                cost[end], begun[end] = total, start
    cuts = [len(pieces)]
    while cuts[-1] > 0:
        cuts.append(begun[cuts[-1]])
    ends = cuts[::-1]
    return [
        (first - 1 if 0 < _carried(lengths, first, target) <= target - _size(lengths[first:last]) else first, last)
        for first, last in pairwise(ends)
    ]


def _carried(lengths: Sequence[int], first: int, target: int) -> int:
    """The characters that a chunk takes over from the one before: its last sentence with a space, if that is short."""
    return lengths[first - 1] + 1 if first > 0 and lengths[first - 1] * 2 <= target else 0


def _size(lengths: Sequence[int]) -> int:
    return sum(lengths) + len(lengths) - 1


def _cohesion(pieces: Sequence[Sentence]) -> list[float]:
    """For the place before each piece, how much what surrounds it is of one subject: −2 to 2, 0 on the average."""
    words = [_weights(piece.text) for piece in pieces]
    raw = [
        0.0 if _is_pause(pieces, at) else _cosine(words[max(0, at - _WINDOW) : at], words[at : at + _WINDOW])
        for at in range(1, len(pieces))
    ]
    mean = sum(raw) / len(raw) if raw else 0.0
    spread = sqrt(sum((one - mean) ** 2 for one in raw) / len(raw)) if raw else 0.0
    return [0.0, *((max(-2.0, min(2.0, (one - mean) / spread)) if spread else 0.0) for one in raw)]


def _is_pause(pieces: Sequence[Sentence], at: int) -> bool:
    before, after = pieces[at - 1].end_s, pieces[at].start_s
    return before is not None and after is not None and after - before >= _PAUSE_S


def _weights(text: str) -> dict[str, float]:
    found = content_words(text, UNKNOWN)
    return {term: rarity(word, UNKNOWN) for word in found for term in terms(word, UNKNOWN)}


def _cosine(left: Sequence[Mapping[str, float]], right: Sequence[Mapping[str, float]]) -> float:
    one, other = _sum(left), _sum(right)
    product = sum(weight * other.get(term, 0.0) for term, weight in one.items())
    lengths = sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return product / lengths if lengths else 0.0


def _sum(parts: Sequence[Mapping[str, float]]) -> dict[str, float]:
    total: dict[str, float] = {}
    for part in parts:
        for term, weight in part.items():
            total[term] = total.get(term, 0.0) + weight
    return total


def _bounded(sentence: Sentence, longest: int) -> list[Sentence]:
    places = boundaries.pieces(sentence.text, (0, len(sentence.text)), longest)
    if len(places) == 1:
        return [sentence]
    return [sentence.model_copy(update={"text": sentence.text[first:last]}) for first, last in places]
