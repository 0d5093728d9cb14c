"""Whether a text bears out what is said about it: quotes, questions, claims. By words; it can't see a contradiction."""

from ai_conspects.text.languages import base
from ai_conspects.text.words import content_words, fold, rarity, surfaces, terms, words

FOUND_COVERAGE = 0.48
FOUND_COVERAGE_ENGLISH = 0.56
"""Below this share of a question's words in and around the best sentence there is no answer (`bench/chat.py`).
English repeats the question's words more often than Russian does, in answers and elsewhere."""

_KINDRED = 0.5
_ROOT = 5
"""Letters that words of one root begin with, mostly: `основал`, `основатель`."""


def quoted(quote: str, text: str) -> bool:
    """Whether the words of `quote` stand in `text` in this order without a gap; punctuation, case and ё don't count."""
    wanted = " ".join(words(quote))
    return bool(wanted) and f" {wanted} " in f" {' '.join(words(text))} "


def question_coverage(question: str, text: str, language: str) -> tuple[float, list[str]]:
    """The share of the question's words that occur in the text in any form, weighed by rarity (0 to 1), and those that
    don't, as they were asked. A question of stop words only is judged by those; one without words has 0."""
    asked = content_words(question, language) or words(question)
    known = {term for word in words(text) for term in terms(word, language)}
    weights = {word: rarity(word, language) for word in asked}
    missing = {word for word in weights if not known.issuperset(terms(word, language))}
    total = sum(weights.values())
    share = sum(weight for word, weight in weights.items() if word not in missing) / total if total else 0.0
    written = {fold(surface): surface for surface in reversed(surfaces(question))}
    return share, [written.get(word, word) for word in weights if word in missing]


def support(claim: str, evidence: str, language: str) -> float:
    """The share of the claim's telling words that the evidence has in any form, weighed by rarity, 0 to 1."""
    return question_coverage(claim, evidence, language)[0]


def kindred_coverage(question: str, text: str, language: str) -> float:
    """As `question_coverage`, but a word of which the text has only one that begins alike counts half: a question says
    `основал` where its answer says `основатель`."""
    asked = content_words(question, language) or words(question)
    said = set(words(text))
    known = {term for word in said for term in terms(word, language)}
    roots = {word[:_ROOT] for word in said if len(word) >= _ROOT}
    weights = {word: rarity(word, language) for word in asked}

    def held(word: str) -> float:
        if known.issuperset(terms(word, language)):
            return 1.0
        return _KINDRED if len(word) > _ROOT and word[:_ROOT] in roots else 0.0

    total = sum(weights.values())
    return sum(weight * held(word) for word, weight in weights.items()) / total if total else 0.0


def enough(language: str) -> float:
    """The least coverage of a question by what answers it, in its language."""
    return FOUND_COVERAGE_ENGLISH if base(language) == "en" else FOUND_COVERAGE
