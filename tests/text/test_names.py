"""Who and what was named, by form alone."""

import pytest

from ai_conspects.text.names import named
from ai_conspects.text.sentences import from_text
from tests.text.spoken import spoken


def found(text: str, language: str) -> dict[str, str]:
    return {name.text: name.kind for name in named(from_text(text, language), language)}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Вчера мы с Александром Сергеевичем Пушкиным были в Москве.",
         {"Александр Сергеевич Пушкин": "person", "Москва": "place"}),
        ("надо позвонить ольге и марине", {"Ольга": "person", "Марина": "person"}),
        ("у него есть вера и любовь", {}),
        ("Данные передали в НАСА и США.", {"НАСА": "organisation", "США": "place"}),
    ],
)  # fmt: skip
def test_russian_names_stand_in_the_nominative(text: str, expected: dict[str, str]) -> None:
    assert found(text, "ru") == expected


def test_english_names_are_known_by_their_capitals() -> None:
    said = (
        "Yesterday Mr. Ivan Petrov came. We met in Boston at Stanford University. Then Petrov left. I left on Monday."
    )
    assert found(said, "en") == {
        "Ivan Petrov": "person", "Boston": "place", "Stanford University": "organisation", "Petrov": "other",
    }  # fmt: skip


def test_what_is_written_small_elsewhere_is_no_name() -> None:
    assert found("He said Remote control. The remote is a remote.", "en") == {}


def test_german_capitals_tell_nothing() -> None:
    assert found("Wir trafen Peter in der Stadt.", "de") == {}


def test_the_people_of_a_meeting_are_named() -> None:
    people = {name.text for name in named(spoken("planning.ru"), "ru") if name.kind == "person"}
    assert people == {"Ольга", "Паша", "Марина"}
