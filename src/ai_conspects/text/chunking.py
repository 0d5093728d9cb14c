"""Chunks: the pieces of a text that are embedded and found, cut along its sentences."""

from collections.abc import Sequence
from dataclasses import dataclass

from ai_conspects.text import boundaries
from ai_conspects.text.sentences import Sentence

TARGET_CHARS = 1_000


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
    """Chunks of about `target_chars` characters and not more; each begins with the last sentence of the one before,
    unless that is longer than half a chunk. A sentence longer than a chunk is cut between words."""
    found: list[Chunk] = []
    open_: list[Sentence] = []
    for sentence in (piece for long in sentences for piece in _bounded(long, target_chars)):
        if open_ and _length(open_) + 1 + len(sentence.text) > target_chars:
            found.append(Chunk(tuple(open_)))
            last = open_[-1]
            carried = len(last.text) * 2 <= target_chars and len(last.text) + 1 + len(sentence.text) <= target_chars
            open_ = [last] if carried else []
        open_.append(sentence)
    return [*found, Chunk(tuple(open_))] if open_ else found


def _length(sentences: list[Sentence]) -> int:
    return sum(len(sentence.text) + 1 for sentence in sentences) - 1


def _bounded(sentence: Sentence, longest: int) -> list[Sentence]:
    places = boundaries.pieces(sentence.text, (0, len(sentence.text)), longest)
    if len(places) == 1:
        return [sentence]
    return [sentence.model_copy(update={"text": sentence.text[first:last]}) for first, last in places]
