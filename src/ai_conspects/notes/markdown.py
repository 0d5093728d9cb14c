"""A note's content as Markdown: headings, one claim a bullet, `[n]` for its citations."""

import math
from collections.abc import Mapping

from ai_conspects.notes.grounding import GroundedClaim, GroundedNote, Quote
from ai_conspects.text.languages import base
from ai_conspects.text.markdown import escape

WORDS_PER_MINUTE = 200
"""Silent reading of prose: 238 in English, fewer in Russian (M. Brysbaert, 2019); notes are denser than prose."""


DOUBTED = {"ru": "⚠ *не подтверждается записью*", "en": "⚠ *not borne out by the recording*"}
"""What stands behind a claim that the words cited don't bear out."""


def content(note: GroundedNote, language: str = "en") -> str:
    """The sections of a note. Words that were said can't turn into markup: special characters are escaped."""
    numbers = numbered(note)
    doubted = f" {DOUBTED.get(base(language), DOUBTED['en'])}"
    parts = []
    for section in note.sections:
        bullets = [
            f"- {escape(claim.text)}{_day(claim)} {_marks(claim.quotes, numbers)}{doubted if claim.doubts else ''}"
            for claim in section.claims
        ]
        heading = [f"## {escape(section.heading)}", ""] if section.heading else []
        parts.append("\n".join([*heading, *bullets]))
    return "\n\n".join(parts)


def numbered(note: GroundedNote) -> dict[Quote, int]:
    """The number of each quote of the content, as it stands in the text."""
    return {quote: number for number, quote in enumerate(note.quotes(), start=1)}


def summary(note: GroundedNote) -> str:
    """The summary's claims, one after the other."""
    return " ".join(_ended(claim.text) for claim in note.summary)


def reading_time(text: str) -> int:
    """Minutes, rounded up; at least one."""
    return max(1, math.ceil(len(text.split()) / WORDS_PER_MINUTE))


def _day(claim: GroundedClaim) -> str:
    return f" ({claim.due.isoformat()})" if claim.due else ""


def _marks(quotes: tuple[Quote, ...], numbers: Mapping[Quote, int]) -> str:
    return "".join(f"[{numbers[quote]}]" for quote in quotes)


def _ended(sentence: str) -> str:
    return sentence if sentence.endswith((".", "!", "?", "…")) else f"{sentence}."
