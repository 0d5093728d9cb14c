"""How likely a page is about the subject of a text, by the words that both have."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp

from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.gist import gist
from ai_conspects.text.overlap import similarity
from ai_conspects.text.words import content_lemmas

BASE, BY_WORDS, BY_PHRASES = -3.61, 20.43, 10.37
"""Fitted on pairs of a text with a passage that its key phrases find, half of them by chance: `bench/relevance.py`."""


@dataclass(frozen=True)
class Subject:
    """What a text is about: its gist, and its key phrases with their weights."""

    gist: str
    phrases: Sequence[tuple[str, float]]
    language: str


def subject(analysis: ContentAnalysis) -> Subject:
    """The subject of an analysed text."""
    return Subject(
        gist(analysis), tuple((phrase.text, phrase.weight) for phrase in analysis.key_phrases), analysis.language
    )


def relevance(passage: str, of: Subject) -> float:
    """0 to 1: of passages with this figure, about that share was on the text's own subject where it was measured.

    A logistic function of two measures: the cosine of both texts' words (rarer ones counting more), and the share of
    the key phrases, by weight, that the passage has whole in any form.
    """
    by_words = similarity(of.gist, passage, of.language)
    return 1 / (1 + exp(-(BASE + BY_WORDS * by_words + BY_PHRASES * phrases_share(passage, of))))


def phrases_share(passage: str, of: Subject) -> float:
    """The weight of the key phrases that the passage has whole, over that of all; 0 where there is none."""
    said = set(content_lemmas(passage, of.language))
    total = sum(weight for _, weight in of.phrases)
    held = sum(weight for phrase, weight in of.phrases if set(content_lemmas(phrase, of.language) or [phrase]) <= said)
    return held / total if total else 0.0
