"""The passage of a long text that says most about a subject, word for word."""

from collections.abc import Sequence

from ai_conspects.text.sentences import split
from ai_conspects.text.words import content_lemmas, telling

MOST_SENTENCES = 2_000
"""Looked at from the beginning; no page says only after that what it is about."""

WHOLE = 60
"""Characters from which on a passage says something by itself."""


def best_passage(text: str, subject: str, language: str, longest: int) -> str:
    """Neighbouring sentences of one line of the text, at most `longest` characters, that have most of the subject's
    words (rarer ones counting more), the earlier where two have as many; what is as short as a heading counts less. The
    beginning where none has any."""
    asked = dict(telling(subject, language))
    best, best_score, seen = "", 0.0, 0
    for line in text.splitlines():
        sentences = split(line, language)
        for first in range(len(sentences)):
            passage = _from(sentences[first:], longest)
            score = _score(passage, asked, language)
            if score > best_score or not best:
                best, best_score = passage, score
        seen += len(sentences)
        if seen > MOST_SENTENCES:
            break
    return best


def _from(sentences: Sequence[str], longest: int) -> str:
    passage = sentences[0]
    for sentence in sentences[1:]:
        if len(passage) + 1 + len(sentence) > longest:
            break
        passage = f"{passage} {sentence}"
    return passage if len(passage) <= longest else passage[:longest].rsplit(" ", 1)[0]


def _score(passage: str, asked: dict[str, float], language: str) -> float:
    said = set(content_lemmas(passage, language))
    return sum(weight for term, weight in asked.items() if term in said) * min(1.0, len(passage) / WHOLE)
