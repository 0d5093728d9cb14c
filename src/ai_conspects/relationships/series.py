"""Whether a note goes on where another ended: by what it says of itself, or by the numbers in their titles."""

from dataclasses import dataclass

import regex

from ai_conspects.relationships.reading import Reading, contained
from ai_conspects.text.words import fold

_SAYS_SO = regex.compile(
    r"\b(?:продолж(?:ение|аем|им|ил\w*)|в прошлый раз|(?:на|в) прошл\w+ (?:лекци\w|заняти\w|встреч\w|урок\w?|раз\w?|"
    r"запис\w|недел\w)|(?:continued|continuing|to continue|last time|previously)|"
    r"(?:last|previous) (?:lecture|lesson|session|meeting|class|week|note|recording|episode))\b"
)
_NUMBER = regex.compile(
    r"\b(?:лекция|занятие|урок|часть|встреча|глава|серия|день|lecture|lesson|part|session|meeting|chapter|episode|day)"
    r"\s*(?:№|no\.?|#)?\s*(\d{1,3})\b|№\s*(\d{1,3})\b"
)
_OPENING = 3
"""Sentences from the beginning (the title among them) in which a note says of what it is the continuation."""
_LEAST_IN_COMMON = 0.08
"""The share of what the newer says that the older must say too, where the newer one only says that it goes on."""


@dataclass(frozen=True)
class Told:
    """The words in both notes that tell, and how sure that is, 0 to 1."""

    older: str
    newer: str
    strength: float


def goes_on(older: Reading, newer: Reading) -> Told | None:
    """By the titles' numbers, which must follow each other in the same series; else by the newer one's own words."""
    first, second = _numbered(older.title), _numbered(newer.title)
    if first and second:
        return Told(older.title, newer.title, 0.9) if second == (first[0], first[1] + 1) else None
    says_so = next((s for s in newer.sentences[:_OPENING] if _SAYS_SO.search(fold(s.text))), None)
    in_common = contained(newer.terms, older.terms)
    if says_so is None or in_common < _LEAST_IN_COMMON:
        return None
    last = max(older.sentences, key=lambda s: sum(w for term, w in s.terms.items() if term in newer.terms))
    return Told(last.text, says_so.text, min(0.9, 0.5 + in_common))


def _numbered(title: str) -> tuple[str, int] | None:
    """The series and the place in it."""
    folded = fold(title)
    found = _NUMBER.search(folded)
    if found is None:
        return None
    rest = (folded[: found.start()] + folded[found.end() :]).strip(" ,.:;—–-()")
    return rest, int(found.group(1) or found.group(2))
