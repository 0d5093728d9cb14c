"""Whether a statement denies what was said, or says what was denied; and whether it turns more into less.

By the words beside a negation and by lists of opposites, in Russian and English; in other languages nothing is found.
"""

from functools import lru_cache
from importlib.resources import files

import regex

from ai_conspects.text.languages import base
from ai_conspects.text.words import fold, is_stop_word, terms, words

_NEGATIONS = {
    code: frozenset(listed.split())
    for code, listed in {
        "ru": "не нет ни без нельзя никогда никто ничто ничего никакой никакого отказаться отказать запретить",
        "en": "not no never none nobody nothing without cannot neither nor refuse refused unable",
    }.items()
}
_START = 5
_BEING = frozenset({"быть", "стать", "оказаться"})
"""«Температуры не было» denies what stands before."""


def denies(claim: str, evidence: str, language: str) -> bool:
    """Whether one of the two denies what the other says."""
    code = base(language)
    if code not in _NEGATIONS:
        return False
    ours, theirs = _denied(claim, language), _denied(evidence, language)
    if not theirs:
        return bool(ours)
    if not ours:  # what the evidence denies must be what the claim says, or it is about something else
        return _share(theirs, _plain(claim, language))
    return not _share(ours, theirs) and _share(ours, _plain(evidence, language))


def _share(ours: frozenset[str], theirs: frozenset[str]) -> bool:
    """Whether they have a word in common; its beginning is enough, for aspects differ: «подписал», «подписывать»."""
    starts = {word[:_START] for word in theirs if len(word) > _START}
    return bool(ours & theirs) or any(word[:_START] in starts for word in ours if len(word) > _START)


def reverses(claim: str, evidence: str, language: str) -> bool:
    """Whether the claim has one of two opposites and the evidence only the other, neither of them denied."""
    if base(language) not in _NEGATIONS or _denied(claim, language) or _denied(evidence, language):
        return False
    ours, theirs = _all(claim, language), _all(evidence, language)
    for first, second in opposites(base(language)):
        for one, other in ((first, second), (second, first)):
            if ours & one and not ours & other and theirs & other and not theirs & one:
                return True
    return False


@lru_cache
def opposites(code: str) -> tuple[tuple[frozenset[str], frozenset[str]], ...]:
    """Two sets of dictionary forms a line of `lists/opposites.<code>.txt`, with a bar between."""
    text = (files("ai_conspects.text.lists") / f"opposites.{code}.txt").read_text("utf-8")
    pairs = [line.split("|") for line in text.splitlines() if "|" in line]
    return tuple((_listed(first, code), _listed(second, code)) for first, second in pairs)


def _listed(side: str, code: str) -> frozenset[str]:
    return frozenset(terms(fold(word), code)[0] for word in side.split())


def _denied(text: str, language: str) -> frozenset[str]:
    """The dictionary forms of the telling words that stand close behind a negation, inside its clause."""
    found: set[str] = set()
    for clause in regex.split(r"[,;:.!?…—]", text):
        said = _expanded(clause)
        places = [at for at, word in enumerate(said) if _is_negation(word, language)]
        for at in places:
            if at - 1 in places or at + 1 in places:  # «не отказался» denies nothing
                continue
            found |= _behind(said, at, language)
    return frozenset(found)


def _is_negation(word: str, language: str) -> bool:
    negations = _NEGATIONS[base(language)]
    return word in negations or terms(word, language)[0] in negations


def _behind(said: list[str], at: int, language: str) -> set[str]:
    """What the negation at that place denies: the next word in Russian, two in English; before «нет» and «не было»."""
    reach = 2 if said[at] in {"not", "no", "cannot"} else 1
    after = [word for word in said[at + 1 :] if not is_stop_word(word, language)][:reach]
    following = terms(said[at + 1], language)[0] if at + 1 < len(said) else ""
    exists = said[at] == "нет" or (said[at] == "не" and following in _BEING)
    before = [word for word in said[:at] if not is_stop_word(word, language)][-1:] if exists else []
    return {terms(word, language)[0] for word in (*after, *before)} or {said[at]}


def _plain(text: str, language: str) -> frozenset[str]:
    """The dictionary forms of what a text says without denying it."""
    return _all(text, language) - _denied(text, language)


def _all(text: str, language: str) -> frozenset[str]:
    return frozenset(terms(word, language)[0] for word in _expanded(text))


def _expanded(text: str) -> list[str]:
    """The words, with the "not" out of "doesn't"."""
    said: list[str] = []
    for word in words(text):
        head, _, tail = word.partition("'")
        if tail == "t" and head.endswith("n"):
            said += [head[:-1], "not"]
        else:
            said.append(word)
    return said
