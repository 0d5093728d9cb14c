"""When a transcript's own text says that it may not have been said: invented phrases, loops, impossible speed.

It knows no engine. Who is doubted is flagged and shown; nothing is taken away here.
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import Protocol

from ai_conspects.text import invented, repetition
from ai_conspects.text.sentences import Timed

FASTEST = 40.0
"""Characters a second: above it nobody speaks (an auctioneer comes near; ordinary speech has 12 to 18)."""
_LEAST_CHARACTERS = 20
"""Of a shorter text, times are too rough to tell a speed."""
_UNSPACED_WORTH = 3
"""A character of a script without spaces is a syllable, which others write with about so many."""
LOW_CONFIDENCE = 0.5
"""Below it, a phrase that is often invented counts as invented."""
SILENCE_S = 3.0
"""So long a silence on both sides makes an often invented phrase an invented one."""


class Doubt(StrEnum):
    """Why a segment is doubted.

    `no_speech` and `unlikely` come from the engine's figures, `music` from the sound, the others from the text.
    """

    HALLUCINATION = "hallucination"
    REPETITIVE = "repetitive"
    NO_SPEECH = "no_speech"
    MUSIC = "music"
    UNLIKELY = "unlikely"
    TOO_FAST = "too_fast"


class Said(Timed, Protocol):
    """A segment with the engine's confidence and the flags that it has."""

    @property
    def confidence(self) -> float | None: ...
    @property
    def flags(self) -> Sequence[str]: ...


def doubts(segments: Sequence[Said], *, since_s: float, until_s: float) -> list[tuple[str, ...]]:
    """For each of neighbouring segments its flags: those that it has, and what its text and its neighbours add.

    `since_s` and `until_s` are the seconds between which nothing else was heard.
    """
    if not segments:
        return []
    looped = repetition.loops([segment.text for segment in segments])
    starts = [segment.start_s for segment in segments[1:]]
    ends = [segment.end_s for segment in segments[:-1]]
    return [
        _flags(segment, is_looped=at in looped, is_alone=_is_alone(segment, before_s, after_s))
        for at, (segment, before_s, after_s) in enumerate(
            zip(segments, [since_s, *ends], [*starts, until_s], strict=True)
        )
    ]


def is_too_fast(text: str, seconds: float) -> bool:
    """Whether nobody could have said it in that time."""
    characters = sum(_UNSPACED_WORTH if "⺀" <= letter <= "鿿" else 1 for letter in text.strip())
    return characters >= _LEAST_CHARACTERS and characters > FASTEST * seconds


def _flags(segment: Said, *, is_looped: bool, is_alone: bool) -> tuple[str, ...]:
    found = set(segment.flags)
    if is_looped or repetition.is_repetitive(segment.text):
        found.add(Doubt.REPETITIVE)
    if (
        segment.start_s is not None
        and segment.end_s is not None
        and is_too_fast(segment.text, segment.end_s - segment.start_s)
    ):
        found.add(Doubt.TOO_FAST)
    is_weak = bool(found) or is_alone or (segment.confidence is not None and segment.confidence < LOW_CONFIDENCE)
    likeness = invented.likeness(segment.text)
    if likeness is invented.Likeness.INVENTED or (likeness is invented.Likeness.SOMETIMES and is_weak):
        found.add(Doubt.HALLUCINATION)
    known = [doubt.value for doubt in Doubt if doubt in found]
    return (*known, *sorted(found - set(known)))


def _is_alone(segment: Said, before_s: float | None, after_s: float | None) -> bool:
    if segment.start_s is None or segment.end_s is None or before_s is None or after_s is None:
        return False
    return segment.start_s - before_s >= SILENCE_S and after_s - segment.end_s >= SILENCE_S
