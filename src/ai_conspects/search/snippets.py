"""What of a chunk is shown, which words of it are marked, and when it was said."""

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain
from math import fsum
from threading import Lock
from typing import Any

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


class _Forms:
    """The words that texts of one language have been seen to have, as they are written, by their dictionary forms.

    Every word that is shown is looked up here, and most are no form of what was asked: to be in a set or not is told in
    a fraction of the time of a look at its dictionary form.
    """

    def __init__(self, language: str) -> None:
        self._language = language
        self._lock = Lock()
        self._known = _Known()

    def of(self, wanted: Iterable[str], written: Sequence[str]) -> set[str]:
        """All that is a form of one of the wanted ones, among them those that are written here."""
        known = self._known
        if not known.seen.issuperset(written):
            known = self._learn(set(written))
        return set[str]().union(*[known.surfaces.get(term, ()) for term in wanted])

    def _learn(self, written: set[str]) -> "_Known":
        with self._lock:
            if len(self._known.seen) >= MOST_KNOWN:
                self._known = _Known()
            for surface in written - self._known.seen:
                for term in terms(fold(surface), self._language):
                    self._known.surfaces.setdefault(term, set()).add(surface)
                self._known.seen.add(surface)  # only now: whoever finds it there needs no lock
            return self._known


@dataclass(frozen=True)
class _Known:
    seen: set[str] = field(default_factory=set)
    surfaces: dict[str, set[str]] = field(default_factory=dict)


_forms_in = lru_cache(maxsize=16)(_Forms)


class Marker:
    """Finds what was asked in texts, in any form. `asked` are folded words."""

    def __init__(self, asked: Iterable[str], language: str) -> None:
        self._wanted = {term for word in asked for term in terms(word, language)}
        self._forms = _forms_in(language)
        self._language = language

    def marks(self, text: str) -> list[tuple[int, int]]:
        """The places of what was asked."""
        words = _WORD.findall(text)
        said = self._forms.of(self._wanted, words)
        found, at = [], 0
        for word in words:
            start = text.index(word, at)
            at = start + len(word)
            if word in said:
                found.append((start, at))
        return found

    def best(self, texts: Sequence[str]) -> int:
        """The place of the text that says most of what was asked, by the words' rarity, each counted once."""
        written = [_WORD.findall(text) for text in texts]
        said = self._forms.of(self._wanted, list(chain.from_iterable(written)))
        worth = [self._rarity(said.intersection(each)) for each in written]
        return worth.index(max(worth))

    def _rarity(self, said: Iterable[str]) -> float:
        return fsum(rarity(word, self._language) for word in set(map(fold, said)))


def snippet(sentences: Sequence[Mapping[str, Any]], marker: Marker, best: int | None = None) -> Snippet:
    """The sentence that says most of what was asked, and what follows it, up to `LENGTH`. They are as a chunk keeps
    them; `best` is the place of that one, where it is known: of rows of an earlier release, or where only words were
    asked that tell nothing, it may be wrong."""
    texts = [one["text"] for one in sentences]
    if not texts:
        return Snippet("", (), None, None)
    first = best if best is not None and best < len(texts) else marker.best(texts)
    last, length = first + 1, len(texts[first]) + 1
    while last < len(texts) and length < LENGTH:
        length += len(texts[last]) + 1
        last += 1
    text, cut = _shortened(" ".join(texts[first:last]), marker)
    marks = marker.marks(text)
    if best is not None and not any(start < len(texts[first]) for start, _ in marks[:1]):
        return snippet(sentences, marker)
    return Snippet(text, tuple(marks), sentences[first]["start_s"], sentences[first if cut else last - 1]["end_s"])


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
