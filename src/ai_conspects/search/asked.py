"""What somebody typed into a search box, taken apart: words, "phrases in quotes", beginnings of words (`нейр*`)."""

import re
from dataclasses import dataclass

from ai_conspects.text.words import fold, words

MOST_WORDS = 48
"""Different words that are looked for; a longer question says no more by the rest of it."""
_PHRASE = re.compile(r'"([^"]+)"|«([^«»]+)»|“([^“”]+)”|„([^„“”]+)[“”]')
_BEGINNING = re.compile(r"(?<!\w)(\w{2,}+)\*")  # from a word's beginning alone, or a long word takes minutes
_UNFINISHED = re.compile(r"(?<!\w)(\w{3,}+)\Z")


@dataclass(frozen=True)
class Asked:
    """Folded words, each once, in order, those of phrases too; phrases as they stand; beginnings, folded.

    `unfinished` is the last word where nothing follows it: somebody may still be typing it.
    """

    words: tuple[str, ...]
    phrases: tuple[str, ...] = ()
    beginnings: tuple[str, ...] = ()
    unfinished: str = ""

    @property
    def is_more_than_phrases(self) -> bool:
        """Whether there are phrases, and words beside them."""
        quoted = {word for phrase in self.phrases for word in words(phrase)}
        return bool(self.phrases) and bool(self.beginnings or set(self.words) - quoted)


def parse(query: str) -> Asked:
    """The query, taken apart. Operators of a database mean nothing in it."""
    phrases = tuple(" ".join("".join(parts).split()) for parts in _PHRASE.findall(query))
    phrases = tuple(phrase for phrase in phrases if words(phrase))
    beginnings = tuple(dict.fromkeys(fold(word) for word in _BEGINNING.findall(query)))
    whole = _BEGINNING.sub(" ", query)
    unfinished = _UNFINISHED.search(fold(whole))
    return Asked(
        tuple(dict.fromkeys(words(whole)))[:MOST_WORDS],
        phrases,
        beginnings[:MOST_WORDS],
        unfinished.group(1) if unfinished else "",
    )
