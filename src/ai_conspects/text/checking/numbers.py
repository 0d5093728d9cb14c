"""The numbers that a text names, in figures or in Russian and English words: `1 500`, «полторы тысячи», "ninety"."""

from collections.abc import Iterator
from dataclasses import dataclass

import regex

from ai_conspects.text.languages import base
from ai_conspects.text.words import fold, terms

_TOKEN = regex.compile(
    r"(?P<date>\d{1,4}[./-]\d{1,2}[./-]\d{1,4})"
    r"|(?P<figure>\d{1,3}(?:[ \u00a0\u202f]\d{3})+(?!\d)|\d{1,3}(?:,\d{3})+(?!\d)|\d+(?:[.,]\d+)?)"
    r"|(?P<word>\p{L}+)|(?P<gap>[^\p{L}\d\s-]+)"
)


def _table(words: str, values: str) -> dict[str, float]:
    return dict(zip(words.split(), map(float, values.split()), strict=True))


_TEENS = "10 11 12 13 14 15 16 17 18 19"
_TENS = "20 30 40 50 60 70 80 90"
_VALUES: dict[str, dict[str, float]] = {
    "ru": {
        **_table("ноль два три четыре пять шесть семь восемь девять", "0 2 3 4 5 6 7 8 9"),
        **_table("двое трое четверо пятеро", "2 3 4 5"),
        **_table("второй третий четвертый пятый шестой седьмой восьмой девятый", "2 3 4 5 6 7 8 9"),
        **_table("десять одиннадцать двенадцать тринадцать четырнадцать пятнадцать шестнадцать семнадцать "
                 "восемнадцать девятнадцать", _TEENS),
        **_table("десятый одиннадцатый двенадцатый тринадцатый четырнадцатый пятнадцатый шестнадцатый семнадцатый "
                 "восемнадцатый девятнадцатый", _TEENS),
        **_table("двадцать тридцать сорок пятьдесят шестьдесят семьдесят восемьдесят девяносто", _TENS),
        **_table("двадцатый тридцатый сороковой пятидесятый шестидесятый семидесятый восьмидесятый девяностый", _TENS),
        **_table("сто двести триста четыреста пятьсот шестьсот семьсот восемьсот девятьсот",
                 "100 200 300 400 500 600 700 800 900"),
        **_table("один первый сорока сотня полтора", "1 1 40 100 1.5"),
    },
    "en": {
        **_table("zero two three four five six seven eight nine", "0 2 3 4 5 6 7 8 9"),
        **_table("second third fourth fifth sixth seventh eighth ninth tenth", "2 3 4 5 6 7 8 9 10"),
        **_table("ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen nineteen", _TEENS),
        **_table("twenty thirty forty fifty sixty seventy eighty ninety", _TENS),
        **_table("twentieth thirtieth fortieth fiftieth", "20 30 40 50"),
        **_table("hundred one first dozen", "100 1 1 12"),
    },
}  # fmt: skip
_THOUSANDS = {
    "ru": _table("тысяча тыс миллион млн миллиард млрд", "1e3 1e3 1e6 1e6 1e9 1e9"),
    "en": _table("thousand k million m billion bn", "1e3 1e3 1e6 1e6 1e9 1e9"),
}
_LOOSE = frozenset(["один", "первый", "одна", "одно", "первая", "one", "first", "second"])
"""Words that are numbers only at times: nothing is made of their absence."""


@dataclass(frozen=True)
class _Piece:
    """`is_loose`: perhaps no number at all."""

    value: float
    is_scale: bool = False
    is_figure: bool = False
    is_loose: bool = False


def numbers(text: str, language: str) -> set[float]:
    """All numbers that the text may name."""
    return {value for value, _ in _named(text, language)}


def certain_numbers(text: str, language: str) -> set[float]:
    """Those that are surely meant as numbers: «один из них» names none."""
    return {value for value, is_loose in _named(text, language) if not is_loose}


def _named(text: str, language: str) -> Iterator[tuple[float, bool]]:
    for run in _runs(text, language):
        alone = run[0].is_loose and len(run) == 1
        yield from ((value, alone) for value in _composed(run))


def _runs(text: str, language: str) -> Iterator[list[_Piece]]:
    """Neighbouring numbers: `двадцать пять`, `5 тысяч`; "and" inside one doesn't part it."""
    run: list[_Piece] = []
    for match in _TOKEN.finditer(text):
        if match["date"]:
            yield from ([_Piece(float(part), is_figure=True)] for part in regex.split(r"[./-]", match["date"]))
            continue
        piece = _Piece(_figure(match["figure"]), is_figure=True) if match["figure"] else _word(match["word"], language)
        if piece is not None and not (piece.is_scale and not run and not match["word"]):
            run.append(piece)
        elif run and not (match["word"] and fold(match["word"]) in {"and", "го", "th", "st", "nd", "rd"}):
            yield run
            run = []
    if run:
        yield run


def _figure(text: str) -> float:
    if regex.fullmatch(r"\d{1,3}(?:,\d{3})+|\d{1,3}(?:[ \u00a0\u202f]\d{3})+", text):
        return float(regex.sub(r"\D", "", text))
    return float(text.replace(",", "."))


def _word(word: str | None, language: str) -> _Piece | None:
    code = base(language)
    if word is None or code not in _VALUES:
        return None
    folded = fold(word)
    for form in (folded, *(terms(folded, language) if code == "ru" else ())):
        if form in _THOUSANDS[code]:
            return _Piece(_THOUSANDS[code][form], is_scale=True, is_loose=len(form) == 1)
        if form in _VALUES[code]:
            return _Piece(_VALUES[code][form], is_loose=form in _LOOSE)
    return None


def _composed(run: list[_Piece]) -> Iterator[float]:
    """The numbers of a run: `two thousand nineteen` is one, `twenty nineteen` may be 2019 as well as two."""
    total = current = 0.0
    begun = False
    for piece in run:
        value = piece.value
        if piece.is_scale:
            total, current, begun = total + (current if begun and current else 1) * value, 0.0, True
        elif not begun or _fits(current, piece, total):
            current, begun = (current or 1) * 100 if value == 100 and 0 < current < 10 else current + value, True
        else:
            if 10 <= current <= 99 and 1 <= value <= 99 and not total:
                yield current * 100 + value
            yield total + current
            total, current = 0.0, value
    if begun:
        yield total + current


def _fits(current: float, piece: _Piece, total: float) -> bool:
    value = piece.value
    if piece.is_figure or current != int(current):
        return False
    if not current:
        return total > value
    if value == 100:
        return 0 < current < 10
    if value < 10:
        return current % 10 == 0 and current % 100 != 10
    return value < 100 and current % 100 == 0
