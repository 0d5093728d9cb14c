"""Where sentences end, and when they were said."""

from dataclasses import dataclass

import pytest

from ai_conspects.text import sentences
from tests import data


@dataclass(frozen=True)
class Said:
    start_s: float
    end_s: float
    text: str
    confidence: float | None = None
    unsure: tuple[int, ...] = ()


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("ru", "Он пришёл. Она ушла!", ["Он пришёл.", "Она ушла!"]),
        ("ru", "А. С. Пушкин родился в 1799 г. в Москве.", ["А. С. Пушкин родился в 1799 г. в Москве."]),
        ("ru", "Это было в 1830 г. Потом он уехал.", ["Это было в 1830 г.", "Потом он уехал."]),
        ("ru", "Он сказал: «Привет!» — и ушёл.", ["Он сказал: «Привет!» — и ушёл."]),
        ("ru", "Масло, хлеб и т. д. Потом домой.", ["Масло, хлеб и т. д.", "Потом домой."]),
        ("en", "Dr. Smith came at 3.15 p.m. and left. Why?", ["Dr. Smith came at 3.15 p.m. and left.", "Why?"]),
        ("en", "one line\nanother line", ["one line", "another line"]),
        ("de", "Am 3. Mai war er da. Dann nicht.", ["Am 3. Mai war er da.", "Dann nicht."]),
        ("zh", "你好。你好吗？很好", ["你好。", "你好吗？", "很好"]),
        ("hi", "यह किताब है। वह घर है।", ["यह किताब है।", "वह घर है।"]),
        ("en", " \n ", []),
    ],
)
def test_a_text_is_cut_into_its_sentences(language: str, text: str, expected: list[str]) -> None:
    assert sentences.split(text, language) == expected


def test_no_word_is_lost_or_made_up() -> None:
    for paragraph in data.xquad("ru")[0] + data.xquad("en")[0] + data.xquad("ar")[0]:
        assert " ".join(sentences.split(paragraph)).split() == paragraph.split()


def test_a_sentence_over_two_segments_is_joined_and_timed_across_both() -> None:
    found = sentences.from_segments([Said(0, 2, "We met on", 0.8), Said(2, 4, "Monday. Then home.", 0.4)], "en")
    assert [sentence.text for sentence in found] == ["We met on Monday.", "Then home."]
    assert [sentence.id for sentence in found] == [0, 1]
    assert found[0].start_s == 0
    assert found[0].end_s == pytest.approx(2.78, abs=0.01)
    assert found[1].start_s == pytest.approx(2.89, abs=0.01)
    assert found[1].end_s == 4
    assert found[0].confidence == pytest.approx((9 * 0.8 + 7 * 0.4) / 16)
    assert found[1].confidence == pytest.approx(0.4)


def test_a_pause_of_two_seconds_ends_a_sentence_without_a_mark() -> None:
    found = sentences.from_segments([Said(0, 1, "I wanted to"), Said(3, 4, "Let us go on.")], "en")
    assert [sentence.text for sentence in found] == ["I wanted to", "Let us go on."]
    assert found[0].confidence is None


def test_a_small_letter_says_that_a_sentence_goes_on_after_a_pause() -> None:
    spans = [
        Said(0, 2, "You will hear the room.", unsure=(4,)),
        Said(5, 7, "articulated by speech."),
        Said(20, 21, "or so."),
    ]
    found = sentences.from_segments(spans, "en")
    assert [sentence.text for sentence in found] == ["You will hear the room. articulated by speech.", "or so."]
    assert [sentence.unsure for sentence in found] == [("room.",), ()]
    assert (found[0].start_s, found[0].end_s) == (0, 7)


def test_without_punctuation_each_segment_is_a_sentence_and_a_long_one_is_cut() -> None:
    long = " ".join(["and so my fellow americans"] * 20)
    found = sentences.from_segments([Said(0, 1, "go forward"), Said(1, 2, " "), Said(2, 42, long)], "en")
    assert found[0].text == "go forward"
    assert all(len(sentence.text) <= 200 for sentence in found)
    assert " ".join(sentence.text for sentence in found[1:]) == long
    starts = [sentence.start_s for sentence in found]
    assert starts == sorted(starts, key=lambda start: start or 0)
    assert found[-1].end_s == 42


def test_silence_has_no_sentence() -> None:
    assert sentences.from_segments([]) == ()
    assert sentences.from_segments([Said(0, 1, "  ")]) == ()


def test_typed_text_has_no_times() -> None:
    (only,) = sentences.from_text("Купить молоко")
    assert (only.text, only.start_s, only.end_s, only.confidence) == ("Купить молоко", None, None, None)


def test_a_run_of_letters_without_a_space_is_cut_all_the_same() -> None:
    assert all(len(sentence.text) <= sentences.LONGEST for sentence in sentences.from_text("a" * 5_000))
