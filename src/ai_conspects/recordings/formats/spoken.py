"""What every format of a transcript is made from: segments as the database has them, and their words in time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

DOUBT = "[?]"
"""Stands before the text of a segment that the engine doubts, in every format."""

LINE = 42
"""Characters of a line of subtitles (BBC and Netflix guidelines: 37 to 42)."""


class Spoken(Protocol):
    """A segment. `words` is a list of `{text, start_s, end_s, confidence}`."""

    start_s: float | None
    end_s: float | None
    text: str
    speaker: str | None
    flags: list[str]
    words: list[Any]


@dataclass(frozen=True)
class Token:
    """A word, or a piece of one that is longer than a line; `is_glued` says that no space stands before it."""

    text: str
    start_s: float
    end_s: float
    is_glued: bool = False


def tokens(segment: Spoken, start_s: float, end_s: float) -> list[Token]:
    """The words of the segment's text with their times.

    The engine's own times are taken where it has one word for each of the text; else time goes evenly by characters.
    """
    texts = segment.text.split()
    if len(segment.words) == len(texts):
        timed = [Token(text, word["start_s"], word["end_s"]) for text, word in zip(texts, segment.words, strict=True)]
    else:
        timed = _evenly(texts, start_s, end_s)
    return [piece for token in timed for piece in cut(token)]


def _evenly(texts: Sequence[str], start_s: float, end_s: float) -> list[Token]:
    per_character = (end_s - start_s) / max(1, sum(map(len, texts)) + len(texts) - 1)
    found, at = [], 0
    for text in texts:
        found.append(Token(text, start_s + at * per_character, start_s + (at + len(text)) * per_character))
        at += len(text) + 1
    return found


def cut(token: Token) -> list[Token]:
    """A word longer than a line (or a sentence in a script without spaces) in pieces."""
    if len(token.text) <= LINE:
        return [token]
    pieces = [token.text[at : at + LINE] for at in range(0, len(token.text), LINE)]
    length_s = (token.end_s - token.start_s) / len(token.text)
    starts = [token.start_s + at * LINE * length_s for at in range(len(pieces))]
    return [
        Token(piece, start, start + len(piece) * length_s, is_glued=at > 0)
        for at, (piece, start) in enumerate(zip(pieces, starts, strict=True))
    ]
