"""Russian phrases in their dictionary form: «нейронной сетью» is found as «нейронная сеть»."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import regex

from ai_conspects.text import lexicons
from ai_conspects.text.candidates import Found
from ai_conspects.text.fillers import FILLERS
from ai_conspects.text.lists import listed
from ai_conspects.text.words import fold, is_stop_word, rarity, runs, terms, without_capital

_LATIN_NAME = regex.compile(r"\p{Latin}[\p{Latin}\p{N}]+")
_ADJECTIVES = frozenset({"ADJF", "PRTF"})
_PROPER = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn"})
_EMPTY = listed("empty.ru")


def russian_phrases(text: str) -> Iterator[Found]:
    """Nouns; adjective and noun that agree; noun and noun in the genitive, with an adjective between or without."""
    for number, run in enumerate(runs(text)):
        if number == 0:  # the capital of a sentence's beginning makes no name
            run[0] = without_capital(run[0])
        for at in range(len(run)):
            yield from _starting_at(run, at)


def _starting_at(run: list[str], at: int) -> Iterator[Found]:
    if (noun := _noun(run[at])) is not None:
        yield _single(run[at], noun)
        yield from _with_genitive(run, at, noun)
    elif _LATIN_NAME.fullmatch(run[at]):
        word = fold(run[at])
        if not is_stop_word(word, "ru"):
            yield Found(terms(word, "ru"), run[at], (rarity(word, "ru"),))
    elif at + 1 < len(run) and (agreed := _adjective_and_noun(run[at], run[at + 1])) is not None:
        adjective, noun = agreed
        yield _pair(run[at : at + 2], f"{_nominative_like(adjective, noun)} {_nominative(run[at + 1], noun)}")


def _with_genitive(run: list[str], at: int, head: Any) -> Iterator[Found]:
    """«план проекта», «обучение нейронной сети»."""
    for length in (2, 3):
        words = run[at : at + length]
        last = _noun(words[-1], case="gent") if len(words) == length else None
        if last is None or (length == 3 and _agreeing(words[1], last) is None):
            continue
        yield _pair(words, f"{_nominative(words[0], head)} {' '.join(words[1:])}")


def _single(surface: str, noun: Any) -> Found:
    word = fold(surface)
    telling = 0.2 if noun.normal_form in _EMPTY else rarity(word, "ru")
    return Found(terms(word, "ru"), _nominative(surface, noun), (telling,))


def _pair(surfaces: list[str], text: str) -> Found:
    folded = [fold(surface) for surface in surfaces]
    lemmas = [terms(word, "ru")[0] for word in folded]
    telling = tuple(0.1 if lemma in _EMPTY else rarity(word, "ru") for lemma, word in zip(lemmas, folded, strict=True))
    return Found(tuple(lemmas), text, telling)


def _noun(surface: str, case: str | None = None) -> Any:
    """The likeliest reading as a noun, in the case if one is asked for; None where there is none that is likely."""
    word = fold(surface)
    if len(word) < 3 or word in FILLERS or _LATIN_NAME.fullmatch(surface) or word[0].isdigit():
        return None
    readings = lexicons.russian_readings(word)
    if case is None:
        first = readings[0]
        return first if first.tag.POS == "NOUN" and "Fixd" not in first.tag else None
    return next((r for r in readings if r.tag.POS == "NOUN" and r.tag.case == case and r.score >= 0.1), None)


def _adjective_and_noun(first: str, second: str) -> tuple[Any, Any] | None:
    """The readings of two words in which they agree; «нейронную» tells that «сеть» is no nominative here."""
    if _noun(second) is None:
        return None
    for noun in lexicons.russian_readings(fold(second)):
        if noun.tag.POS == "NOUN" and (adjective := _agreeing(first, noun)) is not None:
            return adjective, noun
    return None


def _agreeing(surface: str, noun: Any) -> Any:
    """The reading as an adjective or participle that goes with the noun; pronouns and numbers are none."""
    for reading in lexicons.russian_readings(fold(surface)):
        tag = reading.tag
        if tag.POS not in _ADJECTIVES or "Apro" in tag or "Anum" in tag:
            continue
        same_gender = tag.number == "plur" or tag.gender == noun.tag.gender
        if tag.case == noun.tag.case and tag.number == noun.tag.number and same_gender:
            return reading
    return None


@lru_cache(maxsize=50_000)
def _nominative(surface: str, noun: Any) -> str:
    """The noun as a dictionary has it, in the number in which it was said; a name that no dictionary has, as it was
    said: «Полонией» would become «полоний»."""
    proper = any(kind in noun.tag for kind in _PROPER) and noun.is_known
    if surface[0].isupper() and not proper:
        return surface
    inflected = noun.inflect({"nomn", noun.tag.number} if noun.tag.number else {"nomn"})
    text = str(inflected.word if inflected else noun.normal_form)
    return text.capitalize() if proper else text


@lru_cache(maxsize=50_000)
def _nominative_like(adjective: Any, noun: Any) -> str:
    """The adjective in the nominative, with the noun's number and gender."""
    wanted = {"nomn", "plur"} if noun.tag.number == "plur" else {"nomn", "sing", noun.tag.gender}
    inflected = adjective.inflect({part for part in wanted if part})
    return str(inflected.word if inflected else adjective.word)
