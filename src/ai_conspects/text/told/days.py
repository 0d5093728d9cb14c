"""Days as people say them, in Russian and English, and the date that is meant where there is only one it can be.

Not a calendar of everything: «через неделю», "next Friday" and «до пятого числа» may mean several days, and so none.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import regex

from ai_conspects.text.languages import base
from ai_conspects.text.told import day_words as said

_SOON_DAYS = 183
"""A day and month without a year are this far ahead at most; beyond, last year's may be meant as well."""

Resolve = Callable[["regex.Match[str]", date | None], date | None]


@dataclass(frozen=True)
class Day:
    """A day that was named: the words, their place in the text, and the date, None where it isn't certain."""

    text: str
    place: tuple[int, int]
    date: date | None


def days(text: str, language: str, spoken_on: date | None) -> list[Day]:
    """The days named in a text, in order. Without `spoken_on`, the day on which it was said, only a date with its year
    is certain. Other languages than Russian and English: only dates in figures."""
    lowered = text.lower().replace("ё", "е")
    patterns = [*_FIGURES, *_PATTERNS.get(base(language), ())]
    found: list[Day] = []
    for pattern, resolve in patterns:
        for match in pattern.finditer(lowered):
            if not any(match.start() < day.place[1] and match.end() > day.place[0] for day in found):
                place = match.span()
                found.append(Day(text[place[0] : place[1]], place, resolve(match, spoken_on)))
    return sorted(found, key=lambda day: day.place)


def due(text: str, language: str, spoken_on: date | None) -> date | None:
    """The one day that a text names, if it is certain; None where it names none or several."""
    dates = {day.date for day in days(text, language, spoken_on)}
    return dates.pop() if len(dates) == 1 else None


def _full(match: "regex.Match[str]", spoken_on: date | None) -> date | None:
    return _date(int(match["year"]), int(match["month"]), int(match["day"]))


def _of_month(match: "regex.Match[str]", spoken_on: date | None) -> date | None:
    day, month = said.number(match["day"]), said.MONTHS[match["month"][:3]]
    if day is None:
        return None
    if match["year"]:
        return _date(int(match["year"]), month, day)
    if spoken_on is None:
        return None
    near = (_date(spoken_on.year + later, month, day) for later in (0, 1))
    ahead = [found for found in near if found and timedelta(0) <= found - spoken_on <= timedelta(_SOON_DAYS)]
    return ahead[0] if ahead else None


def _weekday(match: "regex.Match[str]", spoken_on: date | None) -> date | None:
    """The next such day; said on that very day, it may be today or in a week."""
    if spoken_on is None or match["which"]:
        return None
    ahead = (said.weekday(match["weekday"]) - spoken_on.weekday()) % 7
    return spoken_on + timedelta(ahead) if ahead else None


def _near(match: "regex.Match[str]", spoken_on: date | None) -> date | None:
    return spoken_on + timedelta(said.NEAR[match["near"]]) if spoken_on else None


def _in_days(match: "regex.Match[str]", spoken_on: date | None) -> date | None:
    count = said.number(match["count"])
    return spoken_on + timedelta(count) if spoken_on and count else None


def _month_end(match: "regex.Match[str]", spoken_on: date | None) -> date | None:
    if spoken_on is None:
        return None
    beginning = spoken_on.replace(day=1) + timedelta(32)
    return beginning.replace(day=1) - timedelta(1)


def _unsure(match: "regex.Match[str]", spoken_on: date | None) -> date | None:
    return None


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _compiled(*rows: tuple[str, Resolve]) -> tuple[tuple["regex.Pattern[str]", Resolve], ...]:
    return tuple((regex.compile(rf"(?<![\p{{L}}\p{{N}}-]){row}(?![\p{{L}}\p{{N}}])"), resolve) for row, resolve in rows)


_FIGURES = _compiled(
    (r"(?P<year>20\d\d)-(?P<month>\d\d)-(?P<day>\d\d)", _full),
    (r"(?P<day>\d{1,2})\.(?P<month>\d{1,2})\.(?P<year>20\d\d)", _full),
)
_PATTERNS = {
    "ru": _compiled(
        (said.RUSSIAN_DAY_OF_MONTH, _of_month),
        (said.RUSSIAN_WEEKDAY, _weekday),
        (r"(?P<near>сегодня|послезавтра|завтра)", _near),
        (r"через (?P<count>[\p{L}\p{N}]+) (?:дня|дней)", _in_days),
        (r"(?:до|к|ко|в) конц[ау] месяца", _month_end),
        (said.RUSSIAN_UNSURE, _unsure),
    ),
    "en": _compiled(
        (said.ENGLISH_DAY_OF_MONTH, _of_month),
        (said.ENGLISH_MONTH_AND_DAY, _of_month),
        (said.ENGLISH_WEEKDAY, _weekday),
        (r"(?P<near>today|tonight|the day after tomorrow|tomorrow|end of (?:the )?day|eod)", _near),
        (r"in (?P<count>[\p{L}\p{N}]+) days", _in_days),
        (r"(?:by|before|until|at) the end of the month", _month_end),
        (said.ENGLISH_UNSURE, _unsure),
    ),
}
