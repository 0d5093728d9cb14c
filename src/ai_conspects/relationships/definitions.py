"""Where a note says what something is, and where another makes use of that thing."""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from ai_conspects.relationships.reading import Reading, Statement
from ai_conspects.text.words import content_words, telling

_DEFINES = (
    regex.compile(r"^(?P<term>[^,.:;—–]{2,60}?)\s+[—–-]\s+это\b"),
    regex.compile(r"^(?P<term>[^,.:;—–]{2,60}?)\s+(?:называ(?:ют|ется)|определя(?:ют|ется))\b", regex.IGNORECASE),
    regex.compile(r"\bназыва(?:ют|ется)\s+(?P<term>[^,.:;—–]{2,40})$", regex.IGNORECASE),
    regex.compile(r"^(?:an?\s|the\s)?(?P<term>[^,.:;—–]{2,60}?)\s+(?:is|are)\s+(?:an?|the)\s", regex.IGNORECASE),
    regex.compile(r"^(?:an?\s|the\s)?(?P<term>[^,.:;—–]{2,60}?)\s+(?:means|is defined as)\s", regex.IGNORECASE),
)
_MOST_WORDS = 3
_LEAST_RARITY = 0.35


@dataclass(frozen=True)
class Term:
    """What is defined, as dictionary forms; `weight` is how rare its rarest word is, 0 to 1."""

    forms: frozenset[str]
    weight: float


def defined(note: Reading) -> Iterator[tuple[Term, str]]:
    """The terms that a note defines, and that it is about: they stand in its title. With the defining sentence."""
    titled = note.sentences[0].terms
    for sentence in note.sentences[1:]:
        for pattern in _DEFINES:
            found = pattern.search(sentence.text.rstrip(".!?… "))
            term = found and _term(found.group("term"), note.language)
            if term and term.forms <= titled.keys():
                yield term, sentence.text


def use(term: Term, note: Reading) -> str | None:
    """The sentence in which a note uses the term; None where it doesn't, or is itself about it."""
    if term.forms <= note.sentences[0].terms.keys():
        return None
    return next((sentence.text for sentence in note.sentences[1:] if _has(sentence, term)), None)


def _has(sentence: Statement, term: Term) -> bool:
    return term.forms <= sentence.terms.keys()


def _term(text: str, language: str) -> Term | None:
    if not 1 <= len(content_words(text, language)) <= _MOST_WORDS:
        return None
    found = dict(telling(text, language))
    weight = max(found.values())
    return Term(frozenset(found), weight) if weight >= _LEAST_RARITY else None
