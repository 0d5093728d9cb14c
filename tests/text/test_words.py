"""Words, their forms, and their language."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest

from ai_conspects.text import languages, words


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Привет", "ru"), ("Надо позвонить маме", "ru"), ("kubernetes deploy на прод", "ru"), ("hello", "en"),
        ("and so my fellow americans", "en"), ("Привіт, як справи", "uk"), ("Guten Morgen", "de"),
        ("bonjour tout le monde", "fr"), ("你好吗", "zh"), ("यह किताब है", "hi"),
    ],
)  # fmt: skip
def test_short_texts_are_known_by_their_language(text: str, language: str) -> None:
    found, probability = languages.detect(text)
    assert found == language
    assert 0 < probability <= 1


def test_a_text_without_a_letter_has_no_language() -> None:
    assert languages.detect("123 …") == ("und", 0.0)
    assert languages.detect("") == ("und", 0.0)


def test_a_tag_has_a_base() -> None:
    assert [languages.base(tag) for tag in ("pt-BR", "zh_Hans", "RU", "en")] == ["pt", "zh", "ru", "en"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("Ещё машины ехали", "ru", ["еще", "машина", "ехать"]),
        ("deployments на серверах", "ru", ["deploy", "на", "сервер"]),
        ("The machines were running", "en", ["the", "machin", "were", "run"]),
        ("машинами", "en", ["машина"]),
        ("北京大学", "zh", ["北京", "京大", "大学"]),
        ("किताब", "hi", ["किताब"]),
        ("Ωδή", "xx", ["ωδή"]),
    ],
)
def test_words_are_brought_to_one_form(text: str, language: str, expected: list[str]) -> None:
    assert words.lemmas(text, language) == expected


def test_stop_words_hold_no_meaning_and_plain_nouns_do() -> None:
    assert words.content_words("это машина и её двигатель", "ru") == ["машина", "двигатель"]
    assert words.content_words("and then the computer keyboard", "en") == ["computer", "keyboard"]


def test_a_rare_word_says_more() -> None:
    assert words.rarity("the", "en") < words.rarity("house", "en") < words.rarity("synchrophasotron", "en") == 1.0
    assert words.rarity("и", "ru") < words.rarity("дом", "ru") < words.rarity("амортизатор", "ru")


def test_stemming_from_many_threads_gives_what_one_gives() -> None:
    spoken = [f"running{tail} jumps{tail} machines{tail}" for tail in ("", "s", "ed", "ing", "er", "ly")] * 50
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(lambda text: words.lemmas(text, "en"), spoken))
    words.terms.cache_clear()
    assert together == [words.lemmas(text, "en") for text in spoken]


def test_importing_loads_none_of_the_heavy_libraries() -> None:
    code = (
        "import sys; import ai_conspects.text.analyze, ai_conspects.engines.language_model.extractive;"
        "heavy = {'pymorphy3', 'wordfreq', 'py3langid', 'snowballstemmer', 'stopwordsiso'};"
        "print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
