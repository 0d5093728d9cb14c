"""What is to be done, and what only sounds like it."""

import pytest

from ai_conspects.text.sentences import from_text
from ai_conspects.text.told.actions import actions, distinct, is_action
from tests import data


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "Надо позвонить Ивану до пятницы"),
        ("ru", "не забудь купить молоко"),
        ("ru", "Маша, подготовь отчёт до среды"),
        ("ru", "я отправлю смету завтра"),
        ("ru", "договорились встретиться в понедельник"),
        ("ru", "Иван должен подготовить договор"),
        ("ru", "Давайте отправим письмо заказчику."),
        ("ru", "пришли пожалуйста фото"),
        ("en", "let's send the draft by Monday"),
        ("en", "I'll email the client tomorrow"),
        ("en", "could you check the numbers by Friday?"),
        ("en", "John will prepare the slides by Friday"),
        ("en", "Please book the room."),
    ],
)
def test_somebody_is_to_do_something(language: str, text: str) -> None:
    assert is_action(text, language)


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("ru", "надо понимать, что это сложно"),
        ("ru", "нужно отметить, что сети работают"),
        ("ru", "надо было позвонить раньше"),
        ("ru", "Не надо отправлять письмо"),
        ("ru", "давайте рассмотрим пример"),
        ("ru", "Записался на вторник в десять утра."),
        ("ru", "Если я отправлю письмо, он ответит."),
        ("en", "let's see what happens"),
        ("en", "We need to think about it"),
        ("en", "Did he send it?"),
        ("en", "If we send it we lose"),
        ("en", "Today, this is known as the miasma theory."),
        ("en", "Okay."),
        ("en", "well you have a can you bring up the function thing?"),
        ("fr", "Il faut envoyer la lettre."),
    ],
)
def test_nobody_is_to_do_anything(language: str, text: str) -> None:
    assert not is_action(text, language)


@pytest.mark.parametrize("language", ["ru", "en"])
def test_an_encyclopedia_gives_nobody_work(language: str) -> None:
    texts = [sentence.text for paragraph in data.xquad(language)[0] for sentence in from_text(paragraph, language)]
    assert len(texts) > 1_000
    assert len(actions(texts, language)) <= 2


def test_work_said_twice_is_listed_once() -> None:
    said = ["Надо купить молоко.", "Погода хорошая.", "надо купить молоко"]
    assert actions(said, "ru") == [0, 2]
    assert distinct(said, [0, 2]) == [0]
