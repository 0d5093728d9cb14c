"""Which day is meant, and when nobody can tell."""

from datetime import date

import pytest

from ai_conspects.text.told.days import days, due

TUESDAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ru", "Надо позвонить Ивану до пятницы", date(2026, 11, 27)),
        ("ru", "Сдаём к понедельнику", date(2026, 11, 30)),
        ("ru", "Отправлю завтра утром", date(2026, 11, 25)),
        ("ru", "через три дня созвонимся", date(2026, 11, 27)),
        ("ru", "сдаём двадцать пятого декабря", date(2026, 12, 25)),
        ("ru", "к 5-му января не успеем, а к 5 января успеем", date(2027, 1, 5)),
        ("ru", "до 15 марта 2028 года", date(2028, 3, 15)),
        ("ru", "до конца месяца", date(2026, 11, 30)),
        ("en", "let's send the draft by Monday", date(2026, 11, 30)),
        ("en", "it is due December 1st", date(2026, 12, 1)),
        ("en", "on the twenty-first of December", date(2026, 12, 21)),
        ("en", "by the end of the month", date(2026, 11, 30)),
        ("en", "the day after tomorrow", date(2026, 11, 26)),
        ("de", "bis zum 15.03.2027", date(2027, 3, 15)),
        ("zh", "2027-03-15 之前", date(2027, 3, 15)),
    ],
)
def test_a_day_that_can_only_be_one_is_told(language: str, text: str, expected: date) -> None:
    assert due(text, language, TUESDAY) == expected


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "до вторника"),  # said on a Tuesday: today, or in a week?
        ("ru", "в следующую пятницу"),
        ("ru", "каждую среду"),
        ("ru", "через две недели"),
        ("ru", "до пятого числа"),
        ("ru", "к 10 июля"),  # eight months ahead, or four months ago
        ("ru", "тридцатого февраля"),
        ("en", "next Friday"),
        ("en", "in two weeks"),
        ("en", "by the end of the week"),
    ],
)
def test_a_day_that_could_be_several_is_named_without_a_date(language: str, text: str) -> None:
    (day,) = days(text, language, TUESDAY)
    assert day.date is None
    assert due(text, language, TUESDAY) is None


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "в среде разработки"),
        ("ru", "версия 2.10"),
        ("en", "they may come"),
        ("en", "a sunny second"),
        ("fr", "lundi"),
    ],
)
def test_other_words_are_no_days(language: str, text: str) -> None:
    assert days(text, language, TUESDAY) == []


def test_of_two_days_none_is_the_term() -> None:
    assert due("до пятницы, в крайнем случае до понедельника", "ru", TUESDAY) is None


def test_without_the_day_of_speech_only_a_full_date_is_certain() -> None:
    assert due("до пятницы", "ru", None) is None
    assert due("March 5, 2027", "en", None) == date(2027, 3, 5)


def test_the_words_are_told_as_they_were_said() -> None:
    text = "Позвонить Ёлкину До Пятницы."
    (day,) = days(text, "ru", TUESDAY)
    assert day.text == "До Пятницы"
    assert text[slice(*day.place)] == day.text
