"""What of a chunk is shown, which words of it are marked, and when it was said."""

import html
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ai_conspects.text.sentences import Sentence
from ai_conspects.text.words import fold, rarity, terms

LENGTH = 240
"""Characters of a snippet, about: a sentence that begins within them is shown whole, unless it is very long."""
LONGEST = 400
MOST_KNOWN = 100_000
"""Words of a language whose forms are kept at hand."""
_WORD = re.compile(r"\w[\w'’]*")


@dataclass(frozen=True)
class Snippet:
    """`marks` are (start, end) in characters of `text`; `start_s` is when the first sentence with a mark was said."""

    text: str
    marks: tuple[tuple[int, int], ...]
    start_s: float | None
    end_s: float | None

    @property
    def html(self) -> str:
        """The text escaped, its marked words in `<mark>`: the only tags in it."""
        parts, at = [], 0
        for start, end in self.marks:
            parts += [html.escape(self.text[at:start]), "<mark>", html.escape(self.text[start:end]), "</mark>"]
            at = end
        return "".join([*parts, html.escape(self.text[at:])])


class _Terms(dict[str, tuple[str, ...]]):
    """The dictionary forms of words as they are written in texts of one language. Every word that is shown is looked up
    here: a dictionary does it in a fraction of the time of a cached call."""

    def __init__(self, language: str) -> None:
        super().__init__()
        self._language = language

    def __missing__(self, surface: str) -> tuple[str, ...]:
        if len(self) >= MOST_KNOWN:
            self.clear()
        found = self[surface] = terms(fold(surface), self._language)
        return found


_terms_in = lru_cache(maxsize=16)(_Terms)


class Marker:
    """Finds what was asked in texts, in any form. `asked` are folded words."""

    def __init__(self, asked: Iterable[str], language: str) -> None:
        self._wanted = {term for word in asked for term in terms(word, language)}
        self._terms = _terms_in(language)
        self._language = language

    def marks(self, text: str) -> list[tuple[int, int]]:
        """The places of what was asked."""
        known, missed = self._terms, self._wanted.isdisjoint
        return [match.span() for match in _WORD.finditer(text) if not missed(known[match.group()])]

    def worth(self, text: str) -> float:
        """How much of what was asked is said, by the words' rarity; a word that is said twice counts once."""
        known, missed = self._terms, self._wanted.isdisjoint
        said = [word for word in _WORD.findall(text) if not missed(known[word])]
        return sum(rarity(word, self._language) for word in dict.fromkeys(map(fold, said)))


def snippet(sentences: Sequence[Sentence], marker: Marker) -> Snippet:
    """The sentence that says most of what was asked, and what follows it, up to `LENGTH`."""
    if not sentences:
        return Snippet("", (), None, None)
    worth = [marker.worth(sentence.text) for sentence in sentences]
    first = max(range(len(sentences)), key=lambda at: worth[at])
    last = first + 1
    while last < len(sentences) and sum(len(s.text) + 1 for s in sentences[first:last]) < LENGTH:
        last += 1
    text, cut = _shortened(" ".join(s.text for s in sentences[first:last]), marker)
    ended = sentences[first if cut else last - 1].end_s
    return Snippet(text, tuple(marker.marks(text)), sentences[first].start_s, ended)


def _shortened(text: str, marker: Marker) -> tuple[str, bool]:
    """At most `LONGEST` characters, around the first word that was asked for; and whether anything was cut off."""
    if len(text) <= LONGEST:
        return text, False
    marked = next(iter(marker.marks(text)), (0, 0))[0]
    begin = max(0, min(marked - LENGTH // 2, len(text) - LONGEST))
    begin = text.find(" ", begin) + 1 if begin else 0
    end = text.rfind(" ", begin, begin + LONGEST)
    end = end if end > begin else begin + LONGEST
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else ""), True
