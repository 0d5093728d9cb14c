"""Russian names by the marks that pymorphy3's dictionary gives them, in the nominative."""

from collections.abc import Iterator
from typing import Any

from ai_conspects.text import lexicons
from ai_conspects.text.analysis import Kind
from ai_conspects.text.words import fold, runs

_KINDS: dict[str, Kind] = {
    "Name": "person", "Patr": "person", "Surn": "person", "Geox": "place", "Orgn": "organisation",
}  # fmt: skip
LIKELY_NAME = 0.3
SURE_NAME = 0.6
"""The share of a word's uses that must be a name's, with a capital and where no capital tells."""


def russian_names(text: str) -> Iterator[tuple[str, Kind]]:
    """Each name and its kind; first name, patronymic and surname in a row are one."""
    for number, run in enumerate(runs(text)):
        open_: list[str] = []
        last: Any = None
        for place, surface in enumerate([*run, ""]):
            readings = _readings(surface, starts=number == 0 and place == 0)
            following = next((one for one in readings if _goes_on(last, one)), None) if open_ else None
            if following is not None:
                open_.append(_nominative(surface, following))
            elif open_ and _kind(last) == "person" and _is_foreign(surface):
                open_.append(surface)
            else:
                if open_:
                    yield " ".join(open_), _kind(last)
                open_ = [_nominative(surface, readings[0])] if readings else []
            last = following or (readings[0] if readings else last)


def _readings(surface: str, starts: bool) -> list[Any]:
    """The readings as a name; none where nothing says that it is one. The capital with which a sentence starts says
    nothing."""
    if len(surface) < 3:
        return []
    readings = lexicons.russian_readings(fold(surface))
    names = [one for one in readings if one.is_known and any(kind in one.tag for kind in _KINDS)]
    share = sum(one.score for one in names)
    if surface[0].isupper() and not starts:
        return names if share >= LIKELY_NAME else []
    is_plain = any(one.tag.POS == "NOUN" and not any(kind in one.tag for kind in _KINDS) for one in readings)
    return names if share >= SURE_NAME and not is_plain else []


def _goes_on(last: Any, reading: Any) -> bool:
    """Whether the two are parts of one person's name."""
    return _kind(last) == _kind(reading) == "person" and last.tag.case == reading.tag.case


def _is_foreign(surface: str) -> bool:
    """Whether it is a word with a capital that no dictionary has, as a surname often is."""
    return surface[:1].isupper() and len(surface) > 2 and not lexicons.russian(fold(surface)).is_known


def _kind(reading: Any) -> Kind:
    return next(kind for mark, kind in _KINDS.items() if mark in reading.tag)


def _nominative(surface: str, reading: Any) -> str:
    if surface.isupper():
        return surface
    inflected = reading.inflect({"nomn"})
    return str(inflected.word if inflected else reading.normal_form).capitalize()
