"""The outside knowledge about words: a Russian dictionary, stemmers, stop lists, frequency lists.

Each is loaded on first use and kept for the process; all are safe to use from several threads.
"""

import math
from functools import lru_cache
from threading import Lock
from typing import Any

_SNOWBALL = {
    "ar": "arabic", "hy": "armenian", "eu": "basque", "ca": "catalan", "da": "danish", "nl": "dutch", "en": "english",
    "et": "estonian", "fi": "finnish", "fr": "french", "de": "german", "el": "greek", "hi": "hindi", "hu": "hungarian",
    "id": "indonesian", "ga": "irish", "it": "italian", "lt": "lithuanian", "ne": "nepali", "no": "norwegian",
    "nb": "norwegian", "pt": "portuguese", "ro": "romanian", "sr": "serbian", "es": "spanish", "sv": "swedish",
    "ta": "tamil", "tr": "turkish",
}  # fmt: skip

UNLISTED_ZIPF = 2.5
"""The short lists of wordfreq end at 3.0 (once in a million words); what isn't there is rarer."""

_NAMES = ("Name", "Surn", "Patr", "Geox", "Orgn")

_stemming = Lock()


def stem(word: str, code: str) -> str:
    """Snowball's stem of a folded word; the word itself in a language that Snowball doesn't know."""
    stemmer = _stemmer(code)
    if stemmer is None:
        return word
    with _stemming:  # a Snowball stemmer keeps its word in itself
        return str(stemmer.stemWord(word))


def russian(word: str) -> Any:  # pymorphy3 ships no types
    """The likeliest reading of a folded Russian word, as pymorphy3's `Parse`."""
    return russian_readings(word)[0]


@lru_cache(maxsize=100_000)
def russian_readings(word: str) -> tuple[Any, ...]:
    """All readings of a folded Russian word, likeliest first; of one that isn't in the dictionary the names last, which
    pymorphy3 sees in every `-ин` («мелатонин»)."""
    readings = tuple(_russian().parse(word))
    if _russian().word_is_known(word):
        return readings
    return tuple(sorted(readings, key=lambda one: (any(kind in one.tag for kind in _NAMES), "plur" in one.tag)))


@lru_cache
def stop_words(code: str) -> frozenset[str]:
    """stopwordsiso's list, as it is; empty where it has none."""
    import stopwordsiso

    return frozenset(stopwordsiso.stopwords(code)) if code in stopwordsiso.langs() else frozenset()


@lru_cache
def has_frequencies(code: str) -> bool:
    """Whether there is a frequency list of the language."""
    import wordfreq

    return code in wordfreq.available_languages("small")


def zipf(word: str, code: str) -> float:
    """Log10 of occurrences in a thousand million words: `the` has 7.7, what the list doesn't hold 2.5."""
    frequency = _frequencies(code).get(word)
    return math.log10(frequency * 1e9) if frequency else UNLISTED_ZIPF


@lru_cache(maxsize=1)
def _russian() -> Any:
    import pymorphy3

    return pymorphy3.MorphAnalyzer()


@lru_cache
def _stemmer(code: str) -> Any:
    import snowballstemmer

    return snowballstemmer.stemmer(_SNOWBALL[code]) if code in _SNOWBALL else None


@lru_cache
def _frequencies(code: str) -> dict[str, float]:
    import wordfreq

    if not has_frequencies(code):
        return {}
    folded: dict[str, float] = {}
    for word, frequency in wordfreq.get_frequency_dict(code, "small").items():
        key = word.replace("ё", "е")
        folded[key] = folded.get(key, 0.0) + frequency
    return folded
