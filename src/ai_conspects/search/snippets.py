"""What of a chunk is shown, which words of it are marked, and when it was said."""

import html
import re
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from ai_conspects.text.sentences import Sentence
from ai_conspects.text.words import fold, rarity, terms

LENGTH = 240
"""Characters of a snippet, about: a sentence that begins within them is shown whole, unless it is very long."""
LONGEST = 400
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


def snippet(sentences: Sequence[Sentence], asked: Iterable[str], language: str) -> Snippet:
    """The sentence that says most of what was asked, and what follows it, up to `LENGTH`.

    `asked` are folded words; they are marked in any form.
    """
    if not sentences:
        return Snippet("", (), None, None)
    wanted = {term for word in asked for term in terms(word, language)}
    worth = [_worth(sentence.text, wanted, language) for sentence in sentences]
    first = max(range(len(sentences)), key=lambda at: worth[at])
    last = first + 1
    while last < len(sentences) and sum(len(s.text) + 1 for s in sentences[first:last]) < LENGTH:
        last += 1
    text, cut = _shortened(" ".join(s.text for s in sentences[first:last]), wanted, language)
    ended = sentences[first if cut else last - 1].end_s
    return Snippet(text, tuple(_marks(text, wanted, language)), sentences[first].start_s, ended)


def _worth(text: str, wanted: AbstractSet[str], language: str) -> float:
    said = {word for word in map(fold, _WORD.findall(text)) if not wanted.isdisjoint(terms(word, language))}
    return sum(rarity(word, language) for word in said)


def _shortened(text: str, wanted: AbstractSet[str], language: str) -> tuple[str, bool]:
    """At most `LONGEST` characters, around the first word that was asked for; and whether anything was cut off."""
    if len(text) <= LONGEST:
        return text, False
    marked = next(iter(_marks(text, wanted, language)), (0, 0))[0]
    begin = max(0, min(marked - LENGTH // 2, len(text) - LONGEST))
    begin = text.find(" ", begin) + 1 if begin else 0
    end = text.rfind(" ", begin, begin + LONGEST)
    end = end if end > begin else begin + LONGEST
    return ("…" if begin else "") + text[begin:end] + ("…" if end < len(text) else ""), True


def _marks(text: str, wanted: AbstractSet[str], language: str) -> list[tuple[int, int]]:
    return [
        match.span() for match in _WORD.finditer(text) if not wanted.isdisjoint(terms(fold(match.group()), language))
    ]
