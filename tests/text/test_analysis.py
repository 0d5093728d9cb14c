"""What is known about a text without a model: key phrases, topics, level."""

from functools import partial

import pytest

from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.analyze import analyze
from ai_conspects.text.complexity import complexity
from ai_conspects.text.key_phrases import key_phrases
from ai_conspects.text.sentences import from_text
from tests import data
from tests.growth import EVENLY, times_as_long

NETWORKS = (
    "Сегодня говорим о том, как работают нейронные сети. Обучение нейронной сети требует данных. "
    "Нейронной сетью управляет функция потерь. Мы сравнили нейронную сеть с решающими деревьями."
)


def analysed(text: str, language: str, max_notes: int = 1) -> ContentAnalysis:
    return analyze(from_text(text, language), language, max_notes)


def test_russian_phrases_stand_in_the_nominative() -> None:
    found = key_phrases(from_text(NETWORKS, "ru"), "ru", 5)
    assert found[0].text == "нейронная сеть"
    assert found[0].weight == 1.0
    assert found[0].sentence_ids == (0, 1, 2, 3)
    assert "функция потерь" in [phrase.text for phrase in found]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Надо поменять переднюю подвеску.", "передняя подвеска"),
        ("Включил двухфакторную аутентификацию.", "двухфакторная аутентификация"),
        ("Сестра едет в Кисловодск.", "Кисловодск"),
        ("Настроили Kubernetes на сервере.", "Kubernetes"),
        ("Обсудили план проекта.", "план проекта"),
    ],
)
def test_a_russian_phrase_is_found(text: str, expected: str) -> None:
    assert expected in [phrase.text for phrase in key_phrases(from_text(text, "ru"), "ru", 5)]


def test_english_phrases_come_from_what_was_said_often() -> None:
    found = key_phrases(from_text(data.meeting("ES2004a"), "en"), "en", 10)
    assert found[0].text == "remote control"


def test_no_phrase_repeats_another() -> None:
    texts = [phrase.text for phrase in key_phrases(from_text(NETWORKS, "ru"), "ru", 10)]
    assert len(texts) == len(set(texts))
    assert "сеть" not in texts


def test_topics_cover_every_sentence_once_in_order() -> None:
    analysis = analysed(data.meeting("ES2004a"), "en", max_notes=5)
    assert len(analysis.topics) > 1
    covered = [number for topic in analysis.topics for number in range(topic.first, topic.last + 1)]
    assert covered == [sentence.id for sentence in analysis.sentences]
    headings = [topic.heading for topic in analysis.topics]
    assert len(set(headings)) == len(headings)


def test_two_matters_in_one_recording_are_parted_where_they_change() -> None:
    paragraphs, _ = data.xquad("ru")
    first, second = paragraphs[25:28], paragraphs[200:203]
    analysis = analysed("\n".join(first + second), "ru", max_notes=4)
    change = len(from_text("\n".join(first), "ru"))
    assert any(abs(topic.first - change) <= 1 for topic in analysis.topics)
    assert analysis.suggested_notes >= 2


def test_one_matter_makes_one_note() -> None:
    assert analysed(NETWORKS, "ru", max_notes=5).suggested_notes == 1


def test_no_more_notes_are_suggested_than_allowed() -> None:
    paragraphs, _ = data.xquad("ru")
    assert analysed("\n".join(paragraphs[::20]), "ru", max_notes=2).suggested_notes <= 2


def test_everyday_notes_are_easier_than_an_encyclopedia() -> None:
    everyday = "\n".join(note for _, note in data.russian_notes())
    assert analysed(everyday, "ru").complexity_level in {"basic", "intermediate"}
    assert complexity(data.xquad("ru")[0], "ru") == "advanced"
    assert complexity(["I went home. It was late."], "en") == "basic"


def test_one_sentence_and_none_can_be_analysed() -> None:
    nothing = analysed("", "ru")
    assert (nothing.topics, nothing.key_phrases, nothing.suggested_notes) == ((), (), 0)
    assert nothing.complexity_level == "basic"
    one = analysed("Ага.", "ru")
    assert (len(one.topics), one.suggested_notes) == (1, 1)


def test_three_hours_of_speech_take_as_much_longer_as_they_are() -> None:
    spoken = "\n".join(data.meeting(name) for name in ("Bmr006", "Bmr014", "Bro019"))
    sentences = from_text(spoken, "en")
    assert len(spoken.split()) > 25_000
    assert len(analyze(sentences, "en", 5).topics) >= 15
    quarter = sentences[: len(sentences) // 4]
    assert times_as_long(partial(analyze, language="en", max_notes=5), quarter, sentences) < EVENLY
