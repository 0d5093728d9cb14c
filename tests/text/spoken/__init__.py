"""Transcripts of Russian speech, made for the tests: see README.md."""

from dataclasses import dataclass
from pathlib import Path

from ai_conspects.text.sentences import Sentence, from_segments

_WORD_S, _BREATH_S, _PAUSE_S = 0.45, 0.25, 1.4


@dataclass(frozen=True)
class Said:
    """A stretch of speech."""

    start_s: float
    end_s: float
    text: str
    confidence: float | None = None
    unsure: tuple[int, ...] = ()


def segments(name: str) -> list[Said]:
    """The lines of `NAME.txt` at an even pace; an empty line is a pause."""
    at_s, found = 0.0, []
    for line in (Path(__file__).parent / f"{name}.txt").read_text("utf-8").splitlines():
        lasts_s = len(line.split()) * _WORD_S
        if line:
            found.append(Said(at_s, at_s + lasts_s, line))
        at_s += lasts_s + _BREATH_S if line else _PAUSE_S
    return found


def spoken(name: str) -> tuple[Sentence, ...]:
    """The sentences of `NAME.txt`."""
    return from_segments(segments(name), "ru")
