"""What Whisper wrote for a clip, as segments of the recording: one for each utterance, with its words."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Protocol

from ai_conspects.engines.speech_to_text import doubts
from ai_conspects.engines.speech_to_text.base import Segment, Word
from ai_conspects.engines.speech_to_text.clips import Clip


class WhisperWord(Protocol):
    """A word with the space before it, in seconds."""

    word: str
    start: float
    end: float
    probability: float


class WhisperSegment(Protocol):
    """A text with the figures of the pass in which it was written."""

    text: str
    start: float
    end: float
    words: Sequence[WhisperWord] | None
    avg_logprob: float
    no_speech_prob: float
    compression_ratio: float


@dataclass(frozen=True)
class HeardClip:
    """A clip and its text. The text's seconds count from `offset_s` before the clip's first sample."""

    clip: Clip
    text: WhisperSegment
    offset_s: float


def segments(heard: HeardClip) -> list[Segment]:
    """One for each utterance in which words were heard; one for the whole clip where the text has no words' times."""
    told, clip = heard.text, heard.clip
    words = [word for word in told.words or () if word.word.strip()]
    if not words:
        text = told.text.strip()
        return [_segment(told, text, (), clip.utterances[0].start_s, clip.utterances[-1].end_s)] if text else []
    return [
        _utterance(heard, place, list(group))
        for place, group in groupby(words, lambda word: clip.utterance_at(_middle(word) - heard.offset_s))
    ]


def _utterance(heard: HeardClip, place: int, written: Sequence[WhisperWord]) -> Segment:
    def at(second: float) -> float:
        return heard.clip.placed(second - heard.offset_s, place)

    words = tuple(
        Word(word.word.strip(), at(word.start), at(word.end), _probability(word.probability)) for word in written
    )
    text = "".join(word.word for word in written).strip()
    return _segment(heard.text, text, words, words[0].start_s, words[-1].end_s)


def _segment(told: WhisperSegment, text: str, words: tuple[Word, ...], start_s: float, end_s: float) -> Segment:
    flags = doubts.flags(
        no_speech_prob=told.no_speech_prob, compression_ratio=told.compression_ratio, avg_logprob=told.avg_logprob
    )
    return Segment(start_s, end_s, text, _probability(math.exp(min(told.avg_logprob, 0.0))), words, flags)


def _middle(word: WhisperWord) -> float:
    return (word.start + word.end) / 2


def _probability(value: float) -> float:
    """As a plain float of four digits: they come as numpy's, and no more of them mean anything."""
    return round(min(max(float(value), 0.0), 1.0), 4)
