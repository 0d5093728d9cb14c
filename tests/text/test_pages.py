"""Pages from anywhere: their words, their best passage, and which addresses are of one page."""

from datetime import date

import pytest

from ai_conspects.text.html import page_text, text_of
from ai_conspects.text.passages import best_passage
from ai_conspects.text.urls import canonical, kind
from tests.growth import EVENLY, times_as_long


def test_the_words_of_a_page_are_its_text_without_menus_scripts_and_footnotes() -> None:
    page = page_text(
        "<html><head><title> О  сети </title><meta property='article:published_time' content='2026-02-03T10:00'>"
        "<style>p{}</style></head><body><nav><a href='/'>Меню</a></nav><form><h1>Сеть</h1>"
        "<p>Учится&nbsp;на <b>примерах</b><sup class='reference'>[1]</sup>, 10<sup>6</sup> раз.</p></form>"
        "<script>if (a < b) { тайна() }</script><footer>Подвал</footer></body></html>"
    )
    assert page.text == "Сеть\nУчится на примерах, 106 раз."
    assert page.title == "О сети"
    assert page.published == date(2026, 2, 3)


@pytest.mark.parametrize(
    "html",
    ["", "<", "<![foo", "<!--", "<p", "</nav></nav>", "<nav><p>a", "&#xFFFFFFFF;&bogus;", "<script>", "\x00<p>\ud800"],
)
def test_broken_pages_do_no_harm(html: str) -> None:
    assert page_text(html).published is None


@pytest.mark.parametrize("html", ["<p>" * 200_000, "<nav>" * 100_000, "a " * 500_000, "<b>x</b>" * 100_000])
def test_a_hostile_page_takes_as_long_as_it_is(html: str) -> None:
    def read(page: str) -> None:
        best_passage(page_text(page).text, "сеть", "ru", 400)

    assert times_as_long(read, html[: len(html) // 4], html) < EVENLY


def test_a_snippet_with_marked_words_is_plain() -> None:
    assert text_of("<strong>Сеть</strong> учится &amp; растёт") == "Сеть учится & растёт"
    assert text_of(" без разметки ") == "без разметки"


def test_the_best_passage_has_most_of_the_subject_and_stands_in_the_text() -> None:
    text = "Обучение\nСначала о другом. Ещё о другом.\nОбучение сети идёт по примерам, которых нужно много. Конец."
    assert best_passage(text, "обучение нейронной сети", "ru", 100) == (
        "Обучение сети идёт по примерам, которых нужно много. Конец."
    )
    assert best_passage(text, "квантовая физика", "ru", 100) == "Обучение"
    assert best_passage("", "сеть", "ru", 100) == ""
    assert len(best_passage("сеть " * 1_000, "сеть", "ru", 100)) <= 100


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://www.a.example/x/?utm_source=y&b=2&a=1#top", "http://a.example/x?a=1&b=2", True),
        ("https://a.example:443/x", "https://a.example/x", True),
        ("https://a.example/x?id=1", "https://a.example/x?id=2", False),
        ("https://a.example:8443/x", "https://a.example/x", False),
        ("https://a.example/X", "https://a.example/x", False),
        ("https://[bad", "https://[bad", True),
    ],
)
def test_addresses_of_one_page_are_told_from_others(one: str, other: str, same: bool) -> None:
    assert (canonical(one) == canonical(other)) is same


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://ru.wikipedia.org/wiki/A", "encyclopedia"),
        ("https://notwikipedia.org/wiki/A", "web"),
        ("zim://ru.zim/A", "encyclopedia"),
        ("https://www.youtube.com/watch?v=1", "video"),
        ("https://arxiv.org/abs/1", "paper"),
        ("https://a.example/b.PDF", "document"),
        ("https://[bad", "web"),
    ],
)
def test_the_kind_of_a_page_is_read_off_its_address(url: str, expected: str) -> None:
    assert kind(url) == expected
