"""Paragraphs of a transcript: at pauses, at a change of speaker, and after a sentence when one has grown long."""

from collections.abc import Iterable, Sequence
from typing import Protocol, TypeVar

from ai_conspects.text.sentences import Timed

PAUSE_S = 2.0
"""A silence as long as this begins a paragraph."""
LONG = 600
"""Characters after which a paragraph ends with its sentence."""
_ENDS = (".", "!", "?", "…", "。", "！", "？")


class Spoken(Timed, Protocol):
    """A segment, and whose voice it is, if that is known."""

    @property
    def speaker(self) -> str | None: ...


Segment = TypeVar("Segment", bound=Spoken)


def paragraphs(segments: Iterable[Segment]) -> list[list[Segment]]:
    """The segments in their order, parted into paragraphs; those without text are left out.

    Where times are missing, each segment is a paragraph: a text that was imported without times is parted by its lines.
    """
    found: list[list[Segment]] = []
    for segment in segments:
        if segment.text.strip():
            if not found or _begins(segment, found[-1]):
                found.append([])
            found[-1].append(segment)
    return found


def _begins(segment: Spoken, paragraph: Sequence[Spoken]) -> bool:
    """Whether the segment begins a new paragraph."""
    last = paragraph[-1]
    if segment.speaker != last.speaker or segment.start_s is None or last.end_s is None:
        return True
    is_long = sum(len(one.text) for one in paragraph) >= LONG and last.text.rstrip().endswith(_ENDS)
    return is_long or segment.start_s - last.end_s >= PAUSE_S
