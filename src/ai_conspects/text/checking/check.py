"""The whole check of a statement against the words that it names: how many of its words they have, and what is wrong.

It judges words. A true statement in quite other words looks unsupported; a false one made of words that were said may
pass.
"""

from dataclasses import dataclass
from typing import Literal

import regex

from ai_conspects.text.checking.names import missing_days, missing_names
from ai_conspects.text.checking.negation import denies, reverses
from ai_conspects.text.checking.numbers import certain_numbers, numbers
from ai_conspects.text.support import quoted, support

Doubt = Literal["words", "number", "name", "date", "negation", "opposite", "quote", "model"]
"""`words`: too few of them were said. `model`: a model that was asked says no."""

LEAST_SUPPORT = 0.4
"""Measured by `bench/claims.py`; see docs/confidence.md."""

_QUOTED = regex.compile(r"[«“\"]([^»”\"]+)[»”\"]")


@dataclass(frozen=True)
class Check:
    """`support` is the share of the claim's telling words that the evidence has, 0 to 1; `doubts` are what is wrong."""

    support: float
    doubts: tuple[Doubt, ...]


def check(claim: str, evidence: str, language: str, least_support: float = LEAST_SUPPORT) -> Check:
    """Whether the evidence bears the claim out, as far as words tell."""
    share = support(claim, evidence, language)
    if _plain(claim) in _plain(evidence):  # word for word, even where there is no word
        return Check(share, ())
    found: dict[Doubt, bool] = {
        "words": share < least_support,
        "number": not certain_numbers(claim, language) <= numbers(evidence, language),
        "name": bool(missing_names(claim, evidence, language)),
        "date": bool(missing_days(claim, evidence, language)),
        "negation": denies(claim, evidence, language),
        "opposite": reverses(claim, evidence, language),
        "quote": not all(_was_said(quote, evidence) for quote in _QUOTED.findall(claim)),
    }
    return Check(share, tuple(doubt for doubt, is_there in found.items() if is_there))


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _was_said(quote: str, evidence: str) -> bool:
    """One word in quotation marks is a name or irony; more are somebody's very words."""
    return len(quote.split()) < 2 or quoted(quote, evidence)
