"""How hard a text is to follow: a rough measure, for choosing a reader's depth, not a readability score.

The mean of three shares, each 0 to 1: words in a sentence (8 to 28), letters in a word that isn't a stop word (5 to 9),
and words that aren't among the commonest (rarity over a half) among those (0.25 to 0.75). Under 0.4 the text is basic,
over 0.62 advanced.
"""

from collections.abc import Sequence
from statistics import fmean

from ai_conspects.text.analysis import Complexity
from ai_conspects.text.words import is_stop_word, rarity, words

_BASIC, _ADVANCED = 0.4, 0.62


def complexity(texts: Sequence[str], language: str) -> Complexity:
    """The level of a text given by its sentences; a text without words is basic."""
    measure = difficulty(texts, language)
    if measure < _BASIC:
        return "basic"
    return "advanced" if measure > _ADVANCED else "intermediate"


def difficulty(texts: Sequence[str], language: str) -> float:
    """The measure itself, 0 to 1."""
    sentences = [said for text in texts if (said := words(text))]
    telling = [word for said in sentences for word in said if word.isalpha() and not is_stop_word(word, language)]
    if not telling:
        return 0.0
    rare = sum(rarity(word, language) > 0.5 for word in telling) / len(telling)
    return fmean(
        (
            _share(fmean(map(len, sentences)), 8, 28),
            _share(fmean(map(len, telling)), 5, 9),
            _share(rare, 0.25, 0.75),
        )
    )


def _share(value: float, low: float, high: float) -> float:
    return min(1.0, max(0.0, (value - low) / (high - low)))
