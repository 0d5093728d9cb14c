"""Where speech without punctuation is parted: at its pauses, which are all that is left of its marks."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from ai_conspects.text.sentences import Span, punctuated

_PAUSE_S = 0.45
"""A silence between two words that parts them, if enough was said on both sides."""
_FEWEST_WORDS = 4
_LONGEST_WORDS = 30
"""What is longer is parted at its longest silence, however short that is."""


@dataclass(frozen=True)
class Spoken:
    """A stretch of speech as an engine gave it. `times` are those of `text.split()`, word by word, or empty; `unsure`
    are the places there of words in which the engine had little confidence."""

    start_s: float | None
    end_s: float | None
    text: str
    confidence: float | None
    times: tuple[tuple[float, float], ...] = ()
    unsure: frozenset[int] = frozenset()


def at_pauses(spans: Sequence[Spoken]) -> list[Span]:
    """The spans; where the whole text has hardly a mark, those whose words have times are parted at their pauses."""
    if punctuated(spans):
        return list(spans)
    return [piece for span in spans for piece in _pieces(span)]


def _pieces(span: Spoken) -> list[Spoken]:
    words = span.text.split()
    if len(words) < 2 * _FEWEST_WORDS or len(span.times) != len(words):
        return [span]
    silences = [after[0] - before[1] for before, after in pairwise(span.times)]
    inner = range(_FEWEST_WORDS - 1, len(words) - _FEWEST_WORDS)
    at = max(inner, key=lambda place: silences[place])
    if silences[at] < _PAUSE_S and not (len(words) > _LONGEST_WORDS and silences[at] > 0):
        return [span]
    return [*_pieces(_part(span, words, 0, at + 1)), *_pieces(_part(span, words, at + 1, len(words)))]


def _part(span: Spoken, words: list[str], first: int, last: int) -> Spoken:
    times = span.times[first:last]
    start_s = span.start_s if first == 0 else times[0][0]
    end_s = span.end_s if last == len(words) else times[-1][1]
    unsure = frozenset(place - first for place in span.unsure if first <= place < last)
    return Spoken(start_s, end_s, " ".join(words[first:last]), span.confidence, times, unsure)
