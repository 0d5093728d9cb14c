"""Subtitles' cues: two lines of 42 characters at most, cut where the words fall. Knows no file format."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from ai_conspects.recordings.formats.spoken import LINE, Spoken, Token, cut, tokens

LINES = 2
PAUSE_S = 1.5
"""A silence as long as this ends a cue."""
LEAST_S = 0.001
_ENDS = (".", "!", "?", "…", "。", "！", "？")


@dataclass(frozen=True)
class Cue:
    """What stands on the screen from one second to another, which is later."""

    start_s: float
    end_s: float
    lines: tuple[str, ...]
    speaker: str | None


@dataclass
class _Open:
    """A cue that is being filled."""

    lines: list[str] = field(default_factory=list)
    tokens: list[Token] = field(default_factory=list)

    def takes(self, token: Token) -> bool:
        if not self.tokens:
            return True
        last = self.tokens[-1]
        paused = token.start_s - last.end_s >= PAUSE_S
        said_enough = len(self.lines) == LINES and last.text.endswith(_ENDS)
        fits = len(self.lines) < LINES or len(self._with(token)) <= LINE
        return fits and not paused and not said_enough

    def put(self, token: Token) -> None:
        if self.lines and len(self._with(token)) <= LINE:
            self.lines[-1] = self._with(token)
        else:
            self.lines.append(token.text)
        self.tokens.append(token)

    def _with(self, token: Token) -> str:
        return self.lines[-1] + ("" if token.is_glued else " ") + token.text

    def cue(self, speaker: str | None) -> Cue:
        start_s = self.tokens[0].start_s
        end_s = max(self.tokens[-1].end_s, start_s + LEAST_S)
        return Cue(start_s, end_s, tuple(self.lines), speaker)


def cues(segments: Iterable[Spoken], opening: Callable[[Spoken], str]) -> list[Cue]:
    """The cues of segments in their order, without those that have no time or no text.

    `opening` gives the words that stand before a segment's own.
    """
    found: list[Cue] = []
    for segment in segments:
        start_s, end_s = segment.start_s, segment.end_s
        if start_s is not None and end_s is not None and segment.text.strip():
            before = [piece for word in opening(segment).split() for piece in cut(Token(word, start_s, start_s))]
            found += _of_segment([*before, *tokens(segment, start_s, end_s)], segment.speaker)
    return found


def _of_segment(words: Iterable[Token], speaker: str | None) -> list[Cue]:
    found, current = [], _Open()
    for token in words:
        if not current.takes(token):
            found.append(current.cue(speaker))
            current = _Open()
        current.put(token)
    return [*found, current.cue(speaker)] if current.tokens else found
