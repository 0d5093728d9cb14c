"""What a transcript's own text says about whether it was said."""

from dataclasses import dataclass

import pytest

from ai_conspects.text import repetition
from ai_conspects.text.doubts import doubts, is_too_fast
from ai_conspects.text.invented import Likeness, likeness
from ai_conspects.text.words import words
from tests.data import meeting, test_data, xquad


@dataclass(frozen=True)
class Said:
    text: str
    start_s: float | None = 10.0
    end_s: float | None = 12.0
    confidence: float | None = 0.9
    flags: tuple[str, ...] = ()


def judged(*segments: Said, until_s: float = 12.0) -> list[tuple[str, ...]]:
    return doubts(segments, since_s=10.0, until_s=until_s)


def in_turn(*texts: str) -> list[Said]:
    return [Said(text, 10.0 + 2 * at, 12.0 + 2 * at) for at, text in enumerate(texts)]


@pytest.mark.parametrize(
    "text",
    [
        "Субтитры сделал DimaTorzok",
        "субтитры сделал DimaTorzok.",
        "Субтитры создавал DimaTorzok",
        "Редактор субтитров А.Семкин Корректор А.Егорова",
        "Продолжение следует...",
        "Спасибо за просмотр!",
        "Thank you for watching.",
        "Thanks for watching!",
        "Thank you for watching! Thank you.",
        "Subtitles by the Amara.org community",
        "Untertitel im Auftrag des ZDF für funk, 2017",
        "Sous-titres réalisés par la communauté d'Amara.org",
        "Subtítulos realizados por la comunidad de Amara.org",
        "ご視聴ありがとうございました",
    ],
)
def test_credits_and_farewells_of_subtitles_are_inventions(text: str) -> None:
    assert judged(Said(text)) == [("hallucination",)]


@pytest.mark.parametrize(
    "text",
    [
        "Спасибо за просмотр документов, завтра я отвечу.",
        "Продолжение следует из второй теоремы.",
        "Субтитры",
        "Thanks for watching the kids yesterday.",
        "We were thanking you for watching over us, and the editor of the subtitles as well.",
        "Ask what you can do for your country.",
        "",
        "…",
    ],
)
def test_ordinary_sentences_are_none(text: str) -> None:
    assert likeness(text) is Likeness.NONE


@pytest.mark.parametrize(
    "text", ["Thank you.", "Спасибо!", "Vielen Dank.", "Merci beaucoup", "Bye-bye.", "Bye. Thank you."]
)
def test_what_people_say_too_takes_another_sign(text: str) -> None:
    assert judged(Said(text)) == [()]
    assert judged(Said(text, confidence=None)) == [()]
    assert judged(Said(text, confidence=0.3)) == [("hallucination",)]
    assert judged(Said(text, flags=("no_speech",))) == [("hallucination", "no_speech")]


def test_silence_on_both_sides_is_such_a_sign() -> None:
    talk = [Said("Это был мой доклад.", 0, 5), Said("Спасибо.", 9, 10), Said("Вопросы есть?", 14, 15)]
    assert doubts(talk, since_s=0, until_s=15) == [(), ("hallucination",), ()]
    at_once = [talk[0], Said("Спасибо.", 6, 7), talk[2]]
    assert doubts(at_once, since_s=0, until_s=15) == [(), (), ()]
    last = [talk[0], Said("Спасибо.", 9, 10)]
    assert doubts(last, since_s=0, until_s=11) == [(), ()]
    assert doubts(last, since_s=0, until_s=60) == [(), ("hallucination",)]


@pytest.mark.parametrize(
    ("texts", "doubted"),
    [
        (["Мы идём дальше."] * 4, {1, 2, 3}),
        (["мы идём дальше", "Мы идём дальше!", "Мы идём дальше."], {1, 2}),
        (["Мы идём дальше."] * 2, set()),
        (["Да."] * 4, set()),
        (["Да."] * 6, {1, 2, 3, 4, 5}),
        (["Ask what you can.", "Do it now."] * 3, {2, 3, 4, 5}),
        (["Ask what you can.", "Do it now."] * 2, set()),
        (["One two three.", "Four.", "Five six."] * 3 + ["Seven."], {3, 4, 5, 6, 7, 8}),
        (["…"] * 9, set()),
    ],
)
def test_segments_that_go_round_are_repetitive_but_for_the_first_round(texts: list[str], doubted: set[int]) -> None:
    flags = judged(*in_turn(*texts), until_s=10 + 2 * len(texts))
    assert {at for at, found in enumerate(flags) if found == ("repetitive",)} == doubted


@pytest.mark.parametrize(
    ("text", "is_loop"),
    [
        ("la " * 60, True),
        ("Спасибо. " * 10, True),
        ("и так далее и так далее и так далее", True),
        ("I don't know. " * 8, True),
        ("Да, да, да, да.", False),
        ("No no no no no no no no no, we're not going there.", False),
        ("and I uh it's uh it's uh, it's fine to do the email", False),
        ("Ask not what your country can do for you, ask what you can do for your country.", False),
        ("", False),
    ],
)
def test_a_loop_inside_a_segment_is_told_from_emphasis_and_stutter(text: str, is_loop: bool) -> None:
    assert repetition.is_repetitive(text) is is_loop


def test_no_real_text_is_repetitive_in_either_script() -> None:
    said = [*xquad("ru")[0], *xquad("en")[0]]
    for file in sorted((test_data() / "qmsum").glob("*.json"))[:4]:
        said += meeting(file.stem).splitlines()
    doubted = [text for text in said if repetition.is_repetitive(text)]
    assert len(said) > 1_000
    assert {word for text in doubted if len(text.split()) > 12 for word in words(text)} <= {"yeah"}
    assert len(doubted) <= len(said) * 0.002


@pytest.mark.parametrize(
    ("text", "seconds", "too_fast"),
    [
        ("Градиентный спуск меняет веса в сторону уменьшения ошибки.", 3.0, False),
        ("Градиентный спуск меняет веса в сторону уменьшения ошибки.", 1.0, True),
        ("Градиентный спуск меняет веса в сторону уменьшения ошибки.", 0.0, True),
        ("Да, конечно.", 0.1, False),
        ("我們今天討論神經網絡的訓練方法", 3.0, False),
        ("我們今天討論神經網絡的訓練方法", 0.5, True),
    ],
)
def test_impossible_speed_is_doubted(text: str, seconds: float, too_fast: bool) -> None:
    assert is_too_fast(text, seconds) is too_fast
    assert judged(Said(text, 10.0, 10.0 + seconds)) == [("too_fast",) if too_fast else ()]


def test_flags_that_are_there_stay_and_text_without_times_is_judged_by_its_words() -> None:
    assert judged(Said("Хорошо.", flags=("unlikely", "other"))) == [("unlikely", "other")]
    assert judged(Said("Thanks for watching!", None, None, None)) == [("hallucination",)]
    assert judged(Said("Спасибо.", None, None, None)) == [()]
    assert doubts([], since_s=0, until_s=9) == []
