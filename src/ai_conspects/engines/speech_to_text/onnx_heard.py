"""What onnx-asr heard in an utterance, as a segment of the recording: tokens become words with times and doubts."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from ai_conspects.engines.speech_to_text import doubts
from ai_conspects.engines.speech_to_text.base import Segment, Word

_LAST_TOKEN_S = 0.3
"""A token's end isn't told: a word ends where the next begins, but no later than so long after its last token began."""


class Result(Protocol):
    """What onnx-asr tells; the lists are as long as each other, in seconds of the utterance and log-probabilities."""

    @property
    def text(self) -> str: ...
    @property
    def tokens(self) -> Sequence[str] | None: ...
    @property
    def timestamps(self) -> Sequence[float] | None: ...
    @property
    def logprobs(self) -> Sequence[float] | None: ...


@dataclass
class _Tokens:
    """The tokens of one word."""

    text: str
    starts: list[float]
    logprobs: list[float]


def segment(heard: Result, start_s: float, end_s: float) -> Segment | None:
    """The utterance between these seconds of the recording, None where no word was heard in it."""
    text = heard.text.strip()
    if not text:
        return None
    mean = _mean(heard.logprobs)
    flags = doubts.flags(no_speech_prob=None, compression_ratio=None, avg_logprob=mean)
    words = _words(heard, start_s, end_s)
    first_s, last_s = (words[0].start_s, words[-1].end_s) if words else (start_s, end_s)
    return Segment(first_s, last_s, text, _probability(mean), words, flags)


def _words(heard: Result, start_s: float, end_s: float) -> tuple[Word, ...]:
    groups = _grouped(heard)
    following = [*(group.starts[0] for group in groups), math.inf][1:]
    made = []
    for group, next_s in zip(groups, following, strict=True):
        begins_s = min(start_s + group.starts[0], end_s)
        ends_s = min(start_s + min(next_s, group.starts[-1] + _LAST_TOKEN_S), end_s)
        made.append(Word(group.text.strip(), round(begins_s, 3), round(ends_s, 3), _probability(_mean(group.logprobs))))
    return tuple(made)


def _grouped(heard: Result) -> list[_Tokens]:
    """Tokens by words: one that begins with a space begins a word. None without times."""
    groups: list[_Tokens] = []
    opened = True
    logprobs = heard.logprobs or [math.nan] * len(heard.tokens or ())
    for token, at_s, logprob in zip(
        heard.tokens or (), heard.timestamps or (), logprobs, strict=bool(heard.timestamps)
    ):
        opened = opened or token.startswith(" ")
        if not token.strip():
            continue  # the space of a vocabulary of letters
        if opened:
            groups.append(_Tokens("", [], []))
        groups[-1].text += token
        groups[-1].starts.append(at_s)
        if not math.isnan(logprob):
            groups[-1].logprobs.append(logprob)
        opened = False
    return groups


def _mean(logprobs: Sequence[float] | None) -> float | None:
    return sum(logprobs) / len(logprobs) if logprobs else None


def _probability(logprob: float | None) -> float | None:
    return None if logprob is None else round(math.exp(min(logprob, 0.0)), 4)
