"""What a text is called."""

from ai_conspects.text.key_phrases import key_phrases
from ai_conspects.text.sentences import Sentence, from_text
from ai_conspects.text.titles import shortened, title
from tests import data
from tests.text.spoken import spoken


def titled(sentences: tuple[Sentence, ...], language: str) -> str:
    return title(sentences, key_phrases(sentences, language, 5), language)


def test_a_short_memo_is_called_by_what_it_states() -> None:
    said = "Ну вот. В сервисе посмотрели машину: стучит передняя подвеска, надо менять амортизаторы. Угу. Вот так."
    assert titled(from_text(said, "ru"), "ru") in {"Стучит передняя подвеска", "Надо менять амортизаторы"}
    famous = (
        "And so my fellow Americans, ask not what your country can do for you, ask what you can do for your country."
    )
    assert "country" in titled(from_text(famous, "en"), "en")


def test_a_lecture_is_called_by_what_it_was_announced_as() -> None:
    assert titled(spoken("lecture.ru"), "ru").startswith("Сон: ")
    assert titled(spoken("planning.ru"), "ru").startswith("Переезд: ")


def test_a_meeting_is_called_by_its_main_phrases() -> None:
    assert titled(from_text(data.meeting("ES2004b"), "en"), "en").startswith("Remote control: ")


def test_without_a_phrase_the_first_words_stand() -> None:
    assert titled((Sentence(id=0, text="ага"),), "ru") == "Ага"
    long = shortened("слово " * 30)
    assert long.endswith("слово…")
    assert len(long) <= 71
