"""The names and days in a statement, and whether some words have them too, in any form."""

import regex

from ai_conspects.text import lexicons
from ai_conspects.text.languages import base
from ai_conspects.text.lists import listed
from ai_conspects.text.words import fold, is_stop_word, terms, words

_CAPITAL = regex.compile(r"\p{Lu}[\p{L}\p{M}\p{N}]*(?:['’-]\p{L}+)*")
_BEGINS = regex.compile(r"(?:^|[.!?…:;]|[«\"“(])\s*[«\"“(]*\Z")
_SUBJECT = regex.compile(r" (?:is|was|will|has|had|said|says|asked|wants|agreed|must|should|can)\b")
"""What follows a subject without an article: a name, or the very thing that a claim is about."""
_NAME_TAGS = frozenset({"Name", "Surn", "Patr", "Geox", "Orgn"})
_NO_CAPITALS_OF_NAMES = frozenset({"de", "lb"})
"""Languages that write every noun with a capital."""


def missing_names(claim: str, evidence: str, language: str) -> list[str]:
    """Names of the claim that the evidence hasn't, as they were written."""
    known = _forms(evidence, language)
    heard = words(evidence)
    return [name for name in _names(claim, language) if not _is_there(name, known, heard, language)]


def missing_days(claim: str, evidence: str, language: str) -> list[str]:
    """Months, weekdays and «завтра» of the claim that the evidence hasn't."""
    code = base(language)
    if code not in {"ru", "en"}:
        return []
    days, known = listed(f"days.{code}"), _forms(evidence, language)
    named = [word for word in words(claim) if _form(word, language) in days]
    if code == "en":  # with a small letter they are verbs
        named += [fold(month) for month in regex.findall(r"(?<=\w )(?:May|March)\b", claim)]
    return [word for word in named if _form(word, language) not in known]


def _names(text: str, language: str) -> list[str]:
    if base(language) in _NO_CAPITALS_OF_NAMES:
        return []
    return [
        match.group()
        for match in _CAPITAL.finditer(text)
        if _is_name(
            match.group(), _BEGINS.search(text, endpos=match.start()) is not None, text[match.end() :], language
        )
    ]


def _is_name(word: str, begins: bool, after: str, language: str) -> bool:
    """At the beginning of a sentence a capital says nothing: there the word must be known as a name, or act as one."""
    folded = fold(word)
    if len(word) > 1 and word.isupper():
        return True
    if len(word) == 1 or is_stop_word(folded, language):
        return False
    if not begins:
        return True
    if base(language) == "ru":
        reading = lexicons.russian(folded)
        return not reading.is_known or bool(_NAME_TAGS & set(reading.tag.grammemes))
    return folded in listed("given-names.en") or (base(language) == "en" and _SUBJECT.match(after) is not None)


def _is_there(name: str, known: frozenset[str], heard: list[str], language: str) -> bool:
    parts = [part for part in regex.split(r"[-’']", fold(name)) if len(part) > 1]
    return all(_form(part, language) in known or _like_one(part, heard) for part in parts)


def _like_one(name: str, heard: list[str]) -> bool:
    """Whether a word differs in its last letters alone: surnames and products that no dictionary has are inflected."""
    if regex.fullmatch(r"\p{Cyrillic}+", name) and lexicons.russian(name).is_known:
        return False
    stem = name[: max(4, len(name) - 2)]
    return any(word.startswith(stem) and abs(len(word) - len(name)) <= 3 for word in heard)


def _forms(text: str, language: str) -> frozenset[str]:
    return frozenset(form for word in words(text) for form in (word, _form(word, language)))


def _form(word: str, language: str) -> str:
    return terms(word.removesuffix("'s"), language)[0]
