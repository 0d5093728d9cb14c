"""What `key_phrases` chooses from: a phrase as it was found, and the phrases of texts that aren't Russian."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

from ai_conspects.text.fillers import FILLERS
from ai_conspects.text.lists import listed
from ai_conspects.text.words import fold, is_stop_word, rarity, runs, terms, without_capital

_COUNTING = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million billion"
)
_NUMBERS = frozenset(_COUNTING.split())
_VERBAL_ENDINGS = ("ing", "ed", "ly")
_LONGEST = 3
_EMPTY, _EMPTY_TELLS = listed("empty.en"), 0.1


@dataclass(frozen=True)
class Found:
    """One occurrence: the lemmas that make it the same phrase as another, its text here, how much its words say."""

    key: tuple[str, ...]
    text: str
    rarities: tuple[float, ...]


@dataclass
class Candidate:
    """A phrase and where it occurs; `texts` counts how it was written."""

    key: tuple[str, ...]
    rarities: tuple[float, ...]
    texts: Counter[str] = field(default_factory=Counter)
    sentence_ids: list[int] = field(default_factory=list)


def noun_like(text: str, language: str) -> Iterator[Found]:
    """Runs of one to three words without stop words, fillers and numbers in them.

    No grammar: in English what looks like a verb by its ending or by the word before is left out, in German what has no
    capital; elsewhere verbs get in.
    """
    for number, run in enumerate(runs(text)):
        if number == 0 and language != "de":  # the capital of a sentence's beginning makes no name
            run[0] = without_capital(run[0])
        telling: list[str] = []
        before = ""
        for surface in [*run, ""]:
            if surface and _tells(surface, language):
                telling.append(surface)
                continue
            yield from _within(telling[language == "en" and before in listed("before-verbs.en") :], language)
            telling, before = [], fold(surface)


def _tells(surface: str, language: str) -> bool:
    word = fold(surface)
    return (
        not word[0].isdigit()
        and "'" not in word
        and word not in FILLERS
        and word not in _NUMBERS
        and not is_stop_word(word, language)
        and (len(word) > 2 or surface.isupper() or ord(word[0]) > 0x2E80)  # two letters are a word in Chinese
    )


def _within(telling: list[str], language: str) -> Iterator[Found]:
    for length in range(1, _LONGEST + 1):
        for first in range(len(telling) - length + 1):
            surfaces = telling[first : first + length]
            if not _can_end(surfaces[-1], language):
                continue
            yield _found(tuple(surfaces), language)


def _can_end(surface: str, language: str) -> bool:
    """Whether a phrase may end with the word, which is then its head."""
    if language == "de":  # nouns have a capital there
        return surface[:1].isupper()
    return language != "en" or not fold(surface).endswith(_VERBAL_ENDINGS)


@lru_cache(maxsize=50_000)
def _found(surfaces: tuple[str, ...], language: str) -> Found:
    """One value for all occurrences: a long text has them by the hundred thousand."""
    words = [fold(surface) for surface in surfaces]
    return Found(
        key=tuple(" ".join(terms(word, language)) for word in words),
        text=" ".join(surfaces),
        rarities=tuple(_EMPTY_TELLS if word in _EMPTY else rarity(word, language) for word in words),
    )
