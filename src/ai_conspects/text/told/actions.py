"""Sentences in which somebody takes on or hands out a piece of work, in Russian and English; other languages have none.

A sentence counts where something obliges (надо, must, let's, I'll, an imperative) to one of the deeds that a list
knows, close behind; with a day named, to any deed that isn't mere talk («надо понимать», "let's see"). Precision first:
a lecture full of «нужно отметить» has no action items. A question ("did he send it?") and a past («надо было») don't
count.
"""

from collections.abc import Sequence

from ai_conspects.text.languages import base
from ai_conspects.text.told import english_deeds, russian_deeds
from ai_conspects.text.told.days import days
from ai_conspects.text.words import words

_LONGEST = 60
"""Words: what is longer was not cut into sentences, and would be no item for a list."""
_SHORTEST = 3


def is_action(text: str, language: str) -> bool:
    """Whether the sentence says that something is to be done."""
    deeds = _DEEDS.get(base(language))
    said = words(text)
    if deeds is None or not _SHORTEST <= len(said) <= _LONGEST:
        return False
    is_dated = any(day.place[0] > 0 for day in days(text, language, None))  # "Today, this is known as …" sets no term
    return deeds(said, text, is_dated)


def actions(texts: Sequence[str], language: str) -> list[int]:
    """The places of the sentences that are action items, in order."""
    return [place for place, text in enumerate(texts) if is_action(text, language)]


def distinct(texts: Sequence[str], places: Sequence[int]) -> list[int]:
    """Of places with the same words the first."""
    first: dict[tuple[str, ...], int] = {}
    for place in places:
        first.setdefault(tuple(words(texts[place])), place)
    return list(first.values())


_DEEDS = {"ru": russian_deeds.obliges, "en": english_deeds.obliges}
