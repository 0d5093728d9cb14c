"""Which language a text is in, and the plain form of a language tag."""

from copy import copy
from enum import Enum, auto
from functools import lru_cache
from typing import Any

import regex


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


UNKNOWN = "und"


class Script(Enum):
    """What most of a text is written in."""

    CYRILLIC = auto()
    LATIN = auto()
    OTHER = auto()


CYRILLIC_LANGUAGES = _codes("ru uk be bg mk sr kk ky mn tg tt ba")
LATIN_LANGUAGES = _codes("en de fr es it pt nl pl tr sv da no fi cs ro hu id vi ca")
OTHER_SCRIPT_LANGUAGES = _codes("ar hy el hi ne ta bn fa he ja ko ur zh") | {UNKNOWN}

_LIKELY = LATIN_LANGUAGES | _codes("uk ar zh hi ja ko he fa el")
_NOT_RUSSIAN = regex.compile("[іїєґўјљњћђџѓќәғқңөұүһ]", regex.IGNORECASE)
_NOT_UKRAINIAN = regex.compile("[ыэъё]", regex.IGNORECASE)
_LETTER = regex.compile(r"\p{L}")
_CYRILLIC_WORD = regex.compile(r"\p{Cyrillic}+")
_LATIN = regex.compile(r"\p{Latin}")
_SAMPLE = 5_000
"""Characters looked at: more changes nothing."""


def base(tag: str) -> str:
    """The language of a BCP 47 tag: `pt` of `pt-BR`."""
    return tag.replace("_", "-").partition("-")[0].lower()


def detect(text: str) -> tuple[str, float]:
    """The language tag and its probability, `("und", 0.0)` where there is no letter.

    The classifier's probabilities are weighed by how likely a language is here at all (two words are too little for
    140 languages), and its choice is limited to languages of the text's script. Where a quarter is Cyrillic, only that
    part is looked at: Russian full of English terms is common, the other way round is not.
    """
    sample = text[:_SAMPLE]
    letters = len(_LETTER.findall(sample))
    if not letters:
        return UNKNOWN, 0.0
    cyrillic = _CYRILLIC_WORD.findall(sample)
    if sum(map(len, cyrillic)) * 4 > letters:
        sample, script = " ".join(cyrillic), Script.CYRILLIC
    else:
        script = Script.LATIN if len(_LATIN.findall(sample)) * 2 > letters else Script.OTHER
    excluded = _excluded(sample) if script == Script.CYRILLIC else ()
    shares = _identifier(script).rank(sample)
    scored = {code: float(share) * _prior(code) for code, share in shares if code not in excluded}
    best = max(scored, key=scored.__getitem__)
    return best, scored[best] / sum(scored.values())


def _prior(code: str) -> float:
    if code in {"ru", "en"}:
        return 20.0
    return 5.0 if code in _LIKELY else 0.5


def _excluded(sample: str) -> frozenset[str]:
    """What the letters rule out."""
    if _NOT_RUSSIAN.search(sample):
        return frozenset({"ru"})
    return frozenset({"uk"}) if _NOT_UKRAINIAN.search(sample) else frozenset()


@lru_cache(maxsize=3)
def _identifier(script: Script) -> Any:
    """The classifier, which looks only at those of its languages that are written so and have a two-letter tag."""
    whole = _classifier()
    known = {code for code in whole.labels if len(code) == 2}
    among = copy(whole)
    among.set_languages(
        {
            Script.CYRILLIC: known & CYRILLIC_LANGUAGES,
            Script.LATIN: known - CYRILLIC_LANGUAGES - OTHER_SCRIPT_LANGUAGES,
            Script.OTHER: known - CYRILLIC_LANGUAGES - LATIN_LANGUAGES,
        }[script]
    )
    return among


@lru_cache(maxsize=1)
def _classifier() -> Any:  # py3langid ships no types
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
