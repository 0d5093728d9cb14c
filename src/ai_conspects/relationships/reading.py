"""A note as the rules of relationships read it: its statements, and what each of them speaks of. No database here."""

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from uuid import UUID

import regex

from ai_conspects.text import lexicons
from ai_conspects.text.languages import base
from ai_conspects.text.markdown import words_of
from ai_conspects.text.sentences import split
from ai_conspects.text.words import language_of, telling, words


def _listed(words: str) -> frozenset[str]:
    return frozenset(words.split())


_CLAUSE = regex.compile(r"(?<=[^\d\s])[,;:]\s+|\s+[—–-]\s+")
_NEGATIONS = _listed("не нет ни нельзя никогда not no never cannot without")
_ENGLISH_NUMBERS = _listed(
    "two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen "
    "nineteen twenty thirty forty fifty sixty seventy eighty ninety hundred thousand million first second third"
)
_DATES = _listed(
    "понедельник вторник среда четверг пятница суббота воскресенье январь февраль март апрель май июнь июль август "
    "сентябрь октябрь ноябрь декабрь monday tuesday wednesday thursday friday saturday sunday january february march "
    "april june july august september october november december"
)


@dataclass(frozen=True)
class Statement:
    """A sentence or a clause of one. `terms`: what it speaks of, each with its rarity; `values`: its numbers and dates,
    which are no terms."""

    text: str
    terms: Mapping[str, float]
    values: frozenset[str]
    is_negated: bool


@dataclass(frozen=True)
class Reading:
    """A note as it is compared. `sentences` begin with the title, of which `clauses` have none; `terms` weigh what the
    whole note speaks of."""

    id: UUID
    title: str
    language: str
    created_at: datetime
    sentences: tuple[Statement, ...]
    clauses: tuple[Statement, ...]
    terms: Mapping[str, float]

    @property
    def weight(self) -> float:
        """How much is said in it."""
        return sum(self.terms.values())


def read(note_id: UUID, title: str, summary: str, content: str, language: str, created_at: datetime) -> Reading:
    """The note, read. A sentence that the content repeats from the summary counts once."""
    said = dict.fromkeys([title, *split(summary, language), *split(words_of(content), language)])
    sentences = tuple(statement(text, language) for text in said)
    clauses = tuple(statement(text, language) for one in list(said)[1:] for text in _clauses(one))
    counts = Counter(term for sentence in sentences for term in sentence.terms)
    rare = {term: weight for sentence in sentences for term, weight in sentence.terms.items()}
    weighed = {term: rare[term] * (1 + math.log(times)) for term, times in counts.items()}
    return Reading(note_id, title, language, created_at, sentences, clauses, weighed)


def statement(text: str, language: str) -> Statement:
    """One statement, read."""
    found = dict(telling(text, language))
    said = words(text)
    values = {value for word in said if (value := _value(word, language))}
    negated = any(word in _NEGATIONS or word.endswith("n't") for word in said)
    return Statement(
        text, {t: w for t, w in found.items() if t not in values and t not in _NEGATIONS}, frozenset(values), negated
    )


def shared(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The weight of what both speak of, by the one's own weights."""
    return sum(weight for term, weight in one.items() if term in other)


def contained(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The share of the one that the other has too, 0 to 1."""
    total = sum(one.values())
    return shared(one, other) / total if total else 0.0


def _clauses(text: str) -> list[str]:
    parts = [part.strip() for part in _CLAUSE.split(text)]
    return [text, *parts] if len(parts) > 1 else [text]


@lru_cache(maxsize=50_000)
def _value(word: str, language: str) -> str:
    """The number, weekday or month that a folded word is, empty for others."""
    if word[0].isdigit():
        return word
    if language_of(word, language) == "ru":
        parsed = lexicons.russian(word)
        is_number = parsed.tag.POS == "NUMR" or "Anum" in parsed.tag
        return str(parsed.normal_form) if is_number or parsed.normal_form in _DATES else ""
    return word if base(language) == "en" and (word in _ENGLISH_NUMBERS or word in _DATES) else ""
