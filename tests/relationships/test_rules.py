"""What the rules say of two short notes, and the words by which they show it."""

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from ai_conspects.models.note_relationship import RelationshipType
from ai_conspects.relationships.linking import Candidate, Link, links
from ai_conspects.relationships.reading import Reading, read
from ai_conspects.relationships.reasons import LONGEST_QUOTE, reason
from ai_conspects.text.support import quoted

DAY = datetime(2026, 5, 1, tzinfo=UTC)


def note(title: str, text: str, language: str = "ru", day: int = 0) -> Reading:
    return read(uuid4(), title, "", text, language, DAY + timedelta(days=day))


def link(older: Reading, newer: Reading) -> Link | None:
    found = links(newer, [Candidate(older, None)])
    assert [(one.older.id, one.newer.id) for one in found] == [
        (one.older.id, one.newer.id) for one in links(older, [Candidate(newer, None)])
    ]  # whichever of the two comes, the pair is the same
    return found[0] if found else None


def kind(older: Reading, newer: Reading) -> str:
    found = link(older, newer)
    return found.finding.type.value if found else "none"


@pytest.mark.parametrize(
    ("one", "other", "language", "expected"),
    [
        ("Совещание по складу начнётся в 10 часов.", "Совещание по складу начнётся в 12 часов.", "ru", "contradicts"),
        ("Лекарство принимать до еды, утром.", "Лекарство не принимать до еды, утром.", "ru", "contradicts"),
        ("Срок сдачи отчёта по складу в пятницу.", "Срок сдачи отчёта по складу в среду.", "ru", "contradicts"),
        ("The bridge was opened in 1932.", "The bridge was opened in 1934.", "en", "contradicts"),
        ("The museum shop is open on Sunday.", "The museum shop isn't open on Sunday.", "en", "contradicts"),
        ("Сдали отчёт по складу за 5 дней.", "Купили 7 килограммов яблок.", "ru", "none"),
        ("The bridge was opened in 1932.", "Dinner at eight, bring wine.", "en", "none"),
    ],
)
def test_another_number_date_or_a_not_is_a_contradiction_only_of_the_same(
    one: str, other: str, language: str, expected: str
) -> None:
    assert kind(note("Первое", one, language), note("Второе", other, language, 1)) == expected


@pytest.mark.parametrize(
    ("title", "text", "language"),
    [
        ("Органическая химия, часть 2", "Разобрали спирты и их окисление.", "ru"),
        ("Спирты", "Продолжаем органическую химию: спирты, кислоты и эфиры.", "ru"),
        ("Спирты", "На прошлой лекции были алканы, сегодня спирты.", "ru"),
    ],
)
def test_a_note_that_says_it_goes_on_continues_the_older(title: str, text: str, language: str) -> None:
    older = note("Органическая химия, часть 1", "Алканы: строение, названия, реакции замещения.", language)
    found = link(older, note(title, text, language, 7))
    assert found
    assert (found.finding.type, found.finding.from_older) == (RelationshipType.CONTINUES, False)


def test_of_a_series_each_continues_only_the_one_before() -> None:
    first, third = (note(f"Physics, lecture {n}", "Waves and light.", "en", n) for n in (1, 3))
    assert kind(first, third) != "continues"


def test_a_note_continues_one_other_at_most() -> None:
    older = [note("Роман", f"Глава о брате и письме, набросок {word}.", day=1) for word in ("один", "два", "три")]
    found = links(note("Роман", "Продолжение: брат читает письмо.", day=9), [Candidate(one, None) for one in older])
    assert [one.finding.type for one in found].count(RelationshipType.CONTINUES) == 1


@pytest.mark.parametrize("small_first", [True, False])
def test_what_is_said_inside_a_larger_note_is_part_of_it(small_first: bool) -> None:
    large = ("План переезда", "Коробки взять у соседей. Грузовик на 9 утра. Кота отвезти к маме. Ключи отдать хозяину.")
    small = ("Кот", "Кота отвезти к маме.")
    first, second = (small, large) if small_first else (large, small)
    found = link(note(*first), note(*second, day=1))
    assert found
    assert (found.finding.type, found.finding.from_older) == (RelationshipType.PART_OF, small_first)


@pytest.mark.parametrize(
    ("definition", "use", "language"),
    [
        (
            ("Осмос", "Осмос — это движение воды через мембрану к более солёной стороне."),
            ("Засолка огурцов", "Вода уходит из огурца из-за осмоса, поэтому он твёрже."),
            "ru",
        ),
        (
            ("What recursion is", "Recursion is a way to define a function by itself."),
            ("Traversing trees", "The walk uses recursion: first the left branch, then the right."),
            "en",
        ),
    ],
)
def test_the_explanation_of_a_word_is_a_prerequisite_of_its_use(
    definition: tuple[str, str], use: tuple[str, str], language: str
) -> None:
    found = link(note(*definition, language), note(*use, language, 5))
    assert found
    assert (found.finding.type, found.finding.from_older) == (RelationshipType.PREREQUISITE, True)


def test_a_longer_retelling_is_not_called_a_repetition_but_a_copy_is() -> None:
    text = "Купил лодку с мотором, вёсла и якорь. Спускать её будем в Твери."
    assert kind(note("Лодка", text), note("Про лодку", text, day=1)) == "repeats"
    longer = text + " Мотор чихает, свечи менять. Прицеп берём у Саши."
    assert kind(note("Лодка", text), note("Лодка", longer, day=1)) != "repeats"


@pytest.mark.parametrize("text", ["", "…", "12 15", "не"])
def test_notes_with_hardly_a_word_have_no_relationships(text: str) -> None:
    assert link(note("", text), note("", text, day=1)) is None
    assert link(note("", text), note("Лодка", "Купил лодку.", day=1)) is None


def test_the_reason_is_one_line_in_the_notes_language_with_words_of_both() -> None:
    long = "Совещание по складу " + "и по очень многим другим важным делам " * 9 + "начнётся в {} часов."
    older, newer = note("Первое", long.format(10)), note("Второе", long.format(12), day=1)
    found = link(older, newer)
    assert found
    line = reason(found.finding, older, newer)
    assert line.startswith("Возможно, расходятся: «")
    assert "\n" not in line
    shown = [part.split("»")[0] for part in line.split("«")[1:]]
    assert len(shown) == 2
    for quote, text in zip(shown, (long.format(10), long.format(12)), strict=True):
        assert len(quote) <= LONGEST_QUOTE + 2
        assert quoted(quote, text)
    first, second = (note("A", f"The bridge was opened in {year}.", "en", day=year) for year in (1932, 1934))
    english = link(first, second)
    assert english
    assert reason(english.finding, english.older, english.newer) == (
        "They may disagree: “The bridge was opened in 1932” – “The bridge was opened in 1934”"
    )
