"""What a transcription server answers, and the segments that it makes, in seconds of the recording."""

import math
from itertools import pairwise

from pydantic import BaseModel

from ai_conspects.engines.speech_to_text import doubts
from ai_conspects.engines.speech_to_text.base import Segment, Word
from ai_conspects.engines.speech_to_text.windows import Window


class HeardWord(BaseModel):
    """A word, in seconds of the window."""

    word: str
    start: float
    end: float


class HeardSegment(BaseModel):
    """A segment, in seconds of the window. Not every server tells all three figures."""

    start: float
    end: float
    text: str
    avg_logprob: float | None = None
    no_speech_prob: float | None = None
    compression_ratio: float | None = None


class Answer(BaseModel):
    """The body, in `verbose_json` or in `json` (which has the text alone)."""

    text: str
    language: str | None = None
    segments: list[HeardSegment] | None = None
    words: list[HeardWord] | None = None


def segments(answer: Answer, window: Window) -> list[Segment]:
    """The segments of a window's answer, without empty ones. Where the server has no times, one for all of it."""
    if answer.segments is None:
        text = answer.text.strip()
        return [Segment(window.start_s, window.speech_end_s, text, confidence=None)] if text else []
    heard = sorted((one for one in answer.segments if one.text.strip()), key=lambda one: one.start)
    starts = [one.start for one in heard]
    bounds = pairwise([-math.inf, *starts[1:], math.inf] if starts else [])
    return [
        _segment(one, _within(answer.words or [], *bound), window) for one, bound in zip(heard, bounds, strict=True)
    ]


def _within(words: list[HeardWord], since: float, until: float) -> list[HeardWord]:
    """The words whose middle lies there; every word has exactly one such segment."""
    return [word for word in words if since <= (word.start + word.end) / 2 < until]


def _segment(heard: HeardSegment, words: list[HeardWord], window: Window) -> Segment:
    start_s, end_s = _placed(heard.start, heard.end, window)
    return Segment(
        start_s,
        end_s,
        heard.text.strip(),
        confidence=_confidence(heard.avg_logprob),
        words=tuple(Word(word.word.strip(), *_placed(word.start, word.end, window), None) for word in words),
        flags=doubts.flags(
            no_speech_prob=heard.no_speech_prob,
            compression_ratio=heard.compression_ratio,
            avg_logprob=heard.avg_logprob,
        ),
    )


def _placed(start: float, end: float, window: Window) -> tuple[float, float]:
    """Seconds of the window as seconds of the recording; models like to end beyond the end."""
    start_s = min(max(window.start_s + start, window.start_s), window.end_s)
    return start_s, min(max(window.start_s + end, start_s), window.end_s)


def _confidence(avg_logprob: float | None) -> float | None:
    """The geometric mean of the probabilities that the model gave to its tokens."""
    return None if avg_logprob is None else min(math.exp(avg_logprob), 1.0)
