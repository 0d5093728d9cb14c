"""Answers of the notes' own sentences, or the word that the notes don't say."""

import numpy as np
from numpy import float64
from numpy.typing import NDArray

from ai_conspects.engines.language_model.base import AnswerDraft, AnswerMaterial
from ai_conspects.engines.language_model.extractive_notes import as_said
from ai_conspects.text import ranking
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.support import enough, kindred_coverage, question_coverage

_MOST = 3
_NEARLY = 0.6
"""A further sentence is told if it scores at least so much of the best one's score."""
_NEIGHBOURS = 0.3
"""What the sentences before and after add to a sentence's score: an answer often stands beside the question's words."""


def draft_answer(material: AnswerMaterial) -> AnswerDraft:
    """One to three sentences, best first, where the best one, what stands beside it and its passage hold enough of the
    question's words; else `found` is false. `missing` are words of the question that no passage has."""
    passages = [passage for passage in material.passages if passage]
    texts = [_text(passage) for passage in passages]
    missing = question_coverage(material.question, "\n".join(texts), material.language)[1]
    if not passages:
        return AnswerDraft(found=False, claims=[], missing=missing)
    chosen = _best(material.question, passages, material.language)
    found = _held(material, chosen[0], passages) >= enough(material.language)
    claims = [as_said(sentence, material.language) for sentence in chosen] if found else []
    return AnswerDraft(found=found, claims=claims, missing=missing)


def _held(material: AnswerMaterial, best: Sentence, passages: list[tuple[Sentence, ...]]) -> float:
    """The share of the question's words that the sentence has, that it has with its neighbours, and that its passage
    has, on average: an answer stands where they come together, not just somewhere in a long text."""
    passage = next(part for part in passages if best in part)
    at = passage.index(best)
    around = (best.text, _text(passage[max(0, at - 1) : at + 2]), _text(passage))
    return sum(kindred_coverage(material.question, text, material.language) for text in around) / len(around)


def _text(passage: tuple[Sentence, ...]) -> str:
    return " ".join(sentence.text for sentence in passage)


def _best(question: str, passages: list[tuple[Sentence, ...]], language: str) -> list[Sentence]:
    """Up to three sentences, none of them twice."""
    sentences = [sentence for passage in passages for sentence in passage]
    alone = ranking.scores(question, [sentence.text for sentence in sentences], language)
    whole = ranking.scores(question, [_text(passage) for passage in passages], language)
    beside = np.concatenate([_beside(part) for part in _parted(alone, passages)])
    context = np.repeat(whole, [len(passage) for passage in passages])
    scores = (alone + _NEIGHBOURS * beside) * (0.5 + 0.5 * context)
    order = np.argsort(-scores, kind="stable")
    enough = scores[order[0]] * _NEARLY
    said: dict[str, Sentence] = {}  # what would read the same, from a summary and its transcript say, is told once
    for at in order:
        if scores[at] >= enough and len(said) < _MOST:
            said.setdefault(as_said(sentences[at], language).text.casefold(), sentences[at])
    return list(said.values())


def _parted(values: NDArray[float64], passages: list[tuple[Sentence, ...]]) -> list[NDArray[float64]]:
    return np.split(values, np.cumsum([len(passage) for passage in passages])[:-1])


def _beside(values: NDArray[float64]) -> NDArray[float64]:
    """The mean of what stands before and after each place."""
    padded = np.pad(values, 1)
    mean: NDArray[float64] = (padded[:-2] + padded[2:]) / 2
    return mean
