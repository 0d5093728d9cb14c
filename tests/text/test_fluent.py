"""Speech as one would quote it."""

import pytest

from ai_conspects.text.fluent import leans, quoted
from ai_conspects.text.sentences import from_text
from ai_conspects.text.words import words
from tests import data


@pytest.mark.parametrize(
    ("language", "said", "expected"),
    [
        ("en", "Um , so I decided I'd have a look .", "I decided I'd have a look."),
        ("en", "if you look at if you look at most controls they're quite they're quite chunky ,",
         "If you look at most controls they're quite chunky"),
        ("en", "but changing ch changing the channel", "But changing the channel"),
        ("en", "there's a d dunno some thing", "There's a dunno some thing"),
        ("en", "Okay .", "Okay."),
        ("ru", "Ну вот, э-э, надо, эм, позвонить Ивану", "Надо, позвонить Ивану"),
        ("ru", "м-м-м я думаю что это это важно", "Я думаю что это важно"),
        ("de", "Das ist äh ganz ganz einfach", "Das ist ganz einfach"),
        ("zh", "你好吗？", "你好吗？"),
    ],
)  # fmt: skip
def test_hesitations_and_stutters_go(language: str, said: str, expected: str) -> None:
    assert quoted(said, language) == expected


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Two two three oh oh"),
        ("ru", "Код два два три ноль ноль"),
        ("en", "Never, never do that"),
        ("en", "It is in into"),
    ],
)
def test_what_is_meant_twice_stays(language: str, said: str) -> None:
    assert quoted(said, language) == said


@pytest.mark.parametrize("name", ["ES2004a", "Bmr006"])
def test_no_word_is_put_in_or_moved(name: str) -> None:
    for sentence in from_text(data.meeting(name), "en"):
        heard = iter(words(sentence.text))
        assert all(word in heard for word in words(quoted(sentence.text, "en")))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("en", "And so it was cheaper.", True),
        ("en", "Um, they're ugly.", True),
        ("en", "The batteries are big.", False),
        ("ru", "Ну поэтому мы переехали.", True),
        ("ru", "Он сказал, что да.", True),
        ("ru", "Договор заканчивается в январе.", False),
        ("tr", "Bu iyi bir kitap.", False),
    ],
)
def test_a_sentence_leans_on_the_one_before(language: str, text: str, expected: bool) -> None:
    assert leans(text, language) is expected
