"""A transcript for reading: plain text (`.txt`) and Markdown (`.md`), in paragraphs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from ai_conspects.core.clock import elapsed
from ai_conspects.recordings.formats.spoken import DOUBT, Spoken
from ai_conspects.text.markdown import escape
from ai_conspects.text.paragraphs import paragraphs


@dataclass(frozen=True)
class Heading:
    """What stands above the Markdown: a name, facts about the whole, and what its reader must know."""

    name: str
    facts: Sequence[str]
    notices: Sequence[str]


def txt(segments: Iterable[Spoken]) -> str:
    """Paragraphs, one a line with an empty line between; a speaker's name where it changes."""
    return "\n\n".join(_named(part) for part in paragraphs(segments)) + "\n"


def md(segments: Iterable[Spoken], heading: Heading) -> str:
    """Paragraphs, each with `[mm:ss]` where it begins and its speaker. What was said can't turn into markup."""
    parts = [f"# {escape(heading.name)}", escape(" · ".join(heading.facts))]
    parts += [f"> {escape(notice)}" for notice in heading.notices]
    for paragraph in paragraphs(segments):
        start_s = paragraph[0].start_s
        mark = "" if start_s is None else f"**[{clock(start_s)}]** "
        speaker = paragraph[0].speaker
        name = f"**{escape(speaker)}:** " if speaker else ""
        text = " ".join(f"{_doubt(segment)}{escape(segment.text)}" for segment in paragraph)
        parts.append(mark + name + text)
    return "\n\n".join(part for part in parts if part) + "\n"


def clock(seconds: float) -> str:
    """`02:03`, or `1:02:03` from an hour on."""
    return elapsed(seconds).zfill(5)


def _named(paragraph: Sequence[Spoken]) -> str:
    speaker = paragraph[0].speaker
    said = " ".join(_doubt(segment) + " ".join(segment.text.split()) for segment in paragraph)
    return f"{' '.join(speaker.split())}: {said}" if speaker else said


def _doubt(segment: Spoken) -> str:
    return f"{DOUBT} " if segment.flags else ""
