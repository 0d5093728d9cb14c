"""Phrases that speech models write where nobody speaks: the credits and farewells of the subtitles they learnt from.

The lists stand in `hallucinations/`, a file a language; every list counts for every transcript, because a model that
invents often does so in another language. A line is a whole segment in any case and punctuation; `…` at its end stands
for anything that follows; `? ` before it says that people say it too.
"""

from enum import StrEnum
from functools import lru_cache
from importlib import resources

from ai_conspects.text import boundaries
from ai_conspects.text.languages import UNKNOWN
from ai_conspects.text.words import words

_LONGEST = 200
"""Characters: what is longer says more than a farewell."""


class Likeness(StrEnum):
    """`sometimes`: people say it too, so that it takes another sign."""

    INVENTED = "invented"
    SOMETIMES = "sometimes"
    NONE = "none"


def likeness(text: str) -> Likeness:
    """What the lists say of a whole segment; of several sentences, all must be listed, and one be surely invented."""
    if len(text) > _LONGEST:
        return Likeness.NONE
    if (whole := _listed(text)) is not Likeness.NONE:
        return whole
    parts = {_listed(text[first:last]) for first, last in boundaries.sentences(text, UNKNOWN)}
    if Likeness.NONE in parts or not parts:
        return Likeness.NONE
    return Likeness.INVENTED if Likeness.INVENTED in parts else Likeness.SOMETIMES


def _listed(text: str) -> Likeness:
    said = _key(text)
    whole, beginnings = _phrases()
    if said in whole:
        return whole[said]
    begun = (kind for beginning, kind in beginnings if said.startswith(f"{beginning} "))
    return next(begun, Likeness.NONE)


def _key(text: str) -> str:
    return " ".join(words(text))


@lru_cache(maxsize=1)
def _phrases() -> tuple[dict[str, Likeness], tuple[tuple[str, Likeness], ...]]:
    """Whole phrases and the beginnings of phrases, folded."""
    whole: dict[str, Likeness] = {}
    beginnings: dict[str, Likeness] = {}
    for file in resources.files("ai_conspects.text").joinpath("hallucinations").iterdir():
        for line in file.read_text("utf-8").splitlines():
            if line and not line.startswith("#"):
                kind = Likeness.SOMETIMES if line.startswith("? ") else Likeness.INVENTED
                (beginnings if line.endswith("…") else whole)[_key(line)] = kind
    return whole, tuple(beginnings.items())
