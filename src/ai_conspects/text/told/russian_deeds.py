"""What obliges in Russian, and to what: by pymorphy3's forms, so that «отправлю», «отправьте», «отправить» are one."""

from collections.abc import Sequence

from ai_conspects.text import lexicons
from ai_conspects.text.lists import listed

_DEEDS, _TALK = listed("deeds.ru"), listed("talk.ru")
_OF_THE_MOMENT, _MUST = listed("deeds-of-the-moment.ru"), listed("obliging.ru")
_LET = frozenset({"давай", "давайте"})
_REACH = 4
"""Words between what obliges and the deed: «надо будет ещё раз позвонить»."""


def obliges(said: Sequence[str], text: str, is_dated: bool) -> bool:
    """Whether the folded words hand out or take on a piece of work; `is_dated`: a day was named."""
    if text.rstrip().endswith("?") and not is_dated:
        return False
    return any(
        _must(said, at, is_dated)
        or _let(said, at, is_dated)
        or _promises(said, at, is_dated)
        or _orders(said, at, is_dated)
        for at in range(len(said))
    )


def _must(said: Sequence[str], at: int, is_dated: bool) -> bool:
    """«надо … позвонить», «не забудь отправить», «Иван должен подготовить»; not «надо было»."""
    if said[at] not in _MUST and _lemma(said[at]) not in _MUST:
        return False
    if said[at - 1 : at] == ["не"] and not said[at].startswith("забу"):
        return False
    behind = said[at + 1 : at + 2 + _REACH]
    if {"было", "был", "была", "были", "бы"} & {*behind[:1], *said[max(0, at - 1) : at]}:
        return False
    return any(_form(word, "INFN") and _counts(_lemma(word), is_dated) for word in behind)


def _let(said: Sequence[str], at: int, is_dated: bool) -> bool:
    """«давайте отправим», «давай я позвоню»."""
    if said[at] not in _LET:
        return False
    behind = [_lemma(word) for word in said[at + 1 : at + 2 + _REACH] if _form(word, "INFN") or _form(word, "1per")]
    return any(_counts(deed, is_dated) and (is_dated or deed not in _OF_THE_MOMENT) for deed in behind[:1])


def _promises(said: Sequence[str], at: int, is_dated: bool) -> bool:
    """«я отправлю», «Иван подготовит к пятнице»."""
    word = said[at]
    if not _form(word, "futr") or _form(word, "INFN"):
        return False
    deed = _lemma(word)
    before = said[max(0, at - _REACH) : at]
    if "если" in before or "когда" in before or "не" in said[max(0, at - 1) : at]:
        return False
    if is_dated:
        return deed in _DEEDS
    return _form(word, "1per") and "я" in before and deed in _DEEDS - _OF_THE_MOMENT


def _orders(said: Sequence[str], at: int, is_dated: bool) -> bool:
    """«подготовьте отчёт до среды», «пришли, пожалуйста, смету», «Ольга, уточни у страховой»."""
    word = said[at]
    if not _form(word, "impr") or _lemma(word) not in _DEEDS:
        return False
    is_asked = at > 0 and _form(said[at - 1], "Name")
    return is_dated or is_asked or "пожалуйста" in said or (at == 0 and _lemma(word) not in _OF_THE_MOMENT)


def _counts(deed: str, is_dated: bool) -> bool:
    return deed in _DEEDS or (is_dated and deed not in _TALK)


def _lemma(word: str) -> str:
    return str(lexicons.russian(word).normal_form).replace("ё", "е")


def _form(word: str, grammeme: str) -> bool:
    return grammeme in lexicons.russian(word).tag
