"""Words that nobody's dictionary has and no note says: perhaps they were meant to be ones that a note does say.

The vocabulary is the owner's own texts, read only then: there is no trigram index in the embedded PostgreSQL.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from ai_conspects.text import lexicons
from ai_conspects.text.words import fold, language_of

_WORD = re.compile(r"\w+")
SHORTEST = 4
MOST = 3
"""Words of one query that are mended."""


def doubtful(lacking: Sequence[str], language: str) -> list[str]:
    """Of words that no note says, those that the language doesn't know either."""
    return [word for word in lacking if len(word) >= SHORTEST and word.isalpha() and not _known(word, language)][:MOST]


def pieces(word: str) -> list[str]:
    """Parts of a word of which one slip of the pen leaves at least one whole."""
    if len(word) < 6:
        return [word[:2], word[-2:]]
    third = -(-len(word) // 3)
    return [word[at : at + third] for at in range(0, len(word), third)]


def said(texts: Iterable[str]) -> Counter[str]:
    """The words of the texts, folded, and how often each is said."""
    return Counter(_WORD.findall(fold("\n".join(texts))))


def mended(word: str, said: Mapping[str, int]) -> str | None:
    """The word that was said which is one slip away (two for eight letters and more), the nearest and then the most
    frequent one; None where there is none."""
    allowed = 2 if len(word) >= 8 else 1
    parts, lengths = pieces(word), range(len(word) - allowed, len(word) + allowed + 1)
    near = [
        (distance, -times, found)
        for found, times in said.items()
        if len(found) in lengths
        and any(part in found for part in parts)
        and (distance := slips(word, found, allowed)) <= allowed
    ]
    return min(near)[2] if near else None


def slips(one: str, other: str, most: int) -> int:
    """Letters added, lost, changed, or swapped with their neighbour, between two words; `most + 1` for any more."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for at, letter in enumerate(one, start=1):
        fresh = [at]
        for to, wanted in enumerate(other, start=1):
            cost = min(row[to] + 1, fresh[-1] + 1, row[to - 1] + (letter != wanted))
            if at > 1 and to > 1 and letter == other[to - 2] and one[at - 2] == wanted:
                cost = min(cost, before[to - 2] + 1)
            fresh.append(cost)
        if min(fresh) > most:
            return most + 1
        before, row = row, fresh
    return row[-1]


def _known(word: str, language: str) -> bool:
    code = language_of(word, language)
    if code == "ru":
        return bool(lexicons.russian(word).is_known)
    return lexicons.zipf(word, code) > lexicons.UNLISTED_ZIPF
