"""Numbers are the same, in figures or in words."""

import pytest

from ai_conspects.text.checking.numbers import certain_numbers, numbers


@pytest.mark.parametrize(
    ("text", "language", "named"),
    [
        ("в две тысячи девятнадцатом году на двадцать пять процентов", "ru", {2019, 25}),
        ("сорок тысяч, полторы тысячи, сто сорок два", "ru", {40_000, 1_500, 142}),
        ("двухсот пятидесяти рублей, семьсот пятьдесят тысяч", "ru", {250, 750_000}),
        ("5 тысяч, 1 500 рублей и 1,5 литра", "ru", {5_000, 1_500, 1.5}),
        ("31.03.2027 в 10:30", "ru", {31, 3, 2027, 10, 30}),
        ("третьего марта пять или шесть", "ru", {3, 5, 6}),
        ("5-го числа, 3 млн", "ru", {5, 3_000_000}),
        ("two thousand and nineteen, three hundred and five", "en", {2019, 305}),
        ("1,250,000 dollars or 3.5 million", "en", {1_250_000, 3_500_000}),
        ("the 3rd of May, twenty-one", "en", {3, 21}),
        ("Keine Zahl in Worten, aber 12", "de", {12}),
        ("", "en", set()),
    ],
)
def test_numbers_in_figures_and_words(text: str, language: str, named: set[float]) -> None:
    assert numbers(text, language) == named


def test_a_year_said_in_two_halves_is_a_year_too() -> None:
    assert 2019 in numbers("it was twenty nineteen", "en")


def test_one_of_them_is_no_number() -> None:
    assert certain_numbers("один из них, the first one", "ru") == set()
    assert certain_numbers("in the first place one of two", "en") == {2}
