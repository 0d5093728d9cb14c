"""A Russian page speaks Russian: the server's codes and sentences have words of the page's own."""

import json
import re
from importlib import import_module
from pkgutil import walk_packages
from typing import Any

import pytest
from playwright.sync_api import Browser, expect

import ai_conspects
from ai_conspects.core.errors import DomainError
from ai_conspects.core.problems import TITLES
from ai_conspects.engines.decoding.facts import AudioFacts
from ai_conspects.engines.speech_to_text import pocketsphinx
from ai_conspects.engines.speech_to_text.language_tags import mistaken, uncertain
from ai_conspects.pipeline import audio_upload, research_augmentation, speakers, transcription
from ai_conspects.recordings.imports.writing import UNTIMED
from tests.audio import tone
from tests.e2e.waiting import until
from tests.faults.site import Site
from tests.page.home import Home
from tests.page.people import ROOT, Person, person, settled

pytestmark = pytest.mark.timeout(240)

SERVED: dict[str, dict[str, str]] = json.loads((ROOT / "web/src/lib/served.ru.json").read_text())
OPERATORS = (".backup.", ".cli.", ".embedded.", ".webhooks.", ".health.")
"""What their errors say is never said to the page."""
NAMES = (
    r"AI Conspects|English|PocketSphinx|pocketsphinx|[A-Z_]*_[A-Z_]+|`[^`]*`|[\w .-]+\.(webm|wav|m4a|srt)|PCM|Mozilla.*"
)
SHOWN = """() => {
  const theirs = '.prose, .said, .note, .cites, .turns, .related, h1, dl, kbd, option, [lang]'
  const walker = document.createTreeWalker(document.querySelector('#app'), NodeFilter.SHOW_TEXT)
  const found = []
  for (let node = walker.nextNode(); node; node = walker.nextNode())
    if (!node.parentElement.closest(theirs)) found.push(node.textContent.trim())
  for (const one of document.querySelectorAll('[aria-label], [placeholder]'))
    if (!one.closest(theirs)) found.push(one.ariaLabel ?? '', one.placeholder ?? '')
  return found.filter(Boolean)
}"""


def facts(header_s: float | None) -> AudioFacts:
    return AudioFacts(3.0, 16_000, 1, "wav", "pcm_s16le", True, header_s)


def codes(of: type[DomainError]) -> set[str]:
    own = {of.code} if not any(part in f"{of.__module__}." for part in OPERATORS) else set()
    return own.union(*(codes(one) for one in of.__subclasses__() if one.__module__.startswith("ai_conspects")))


def test_every_code_of_the_api_has_russian_words() -> None:
    for module in walk_packages(ai_conspects.__path__, "ai_conspects."):
        if module.name.endswith((".errors", ".quotas", ".failures", ".remaking", ".pagination", ".form_stream")):
            import_module(module.name)
    said = codes(DomainError) | {title.lower().replace(" ", "_") for title in TITLES.values()}
    raised = re.findall(r'code="(\w+)"|_unreadable|RefusedError\(\s*"(\w+)"', sources("engines"))
    said |= {one or other for one, other in raised if one or other}
    unsaid = said - SERVED["codes"].keys() - {"webhook_not_found", "delivery_not_found"}
    assert unsaid == set(), "web/src/lib/served.ru.json has no words for these"


def sources(package: str) -> str:
    folder = ROOT / "src" / "ai_conspects" / package
    return "\n".join(path.read_text() for path in folder.rglob("*.py"))


@pytest.mark.parametrize(
    "sentence",
    [
        transcription.NO_SPEECH,
        transcription.ALL_DOUBTED,
        speakers.NOT_TOLD,
        UNTIMED,
        research_augmentation.NOT_ASKED,
        research_augmentation.NO_ENGINE,
        research_augmentation.NOTHING_SAID,
        research_augmentation.DAY_SPENT,
        pocketsphinx.NOTICE,
        uncertain("ru", 0.42),
        mistaken("ru", "en", 0.97),
        audio_upload._cut_notice(facts(9.0)),
        audio_upload._cut_notice(facts(None)),
    ],
)
def test_every_notice_of_the_server_has_russian_words(sentence: str) -> None:
    left = sentence
    for pattern in SERVED["sentences"]:
        left = re.sub("(.+?)".join(map(re.escape, pattern.split("{}"))), "", left)
    assert left.strip() == ""


@pytest.mark.parametrize("visitor", [{"locale": "ru-RU"}], indirect=True)
def test_no_screen_of_a_russian_page_has_an_english_word(visitor: Person, home: Home) -> None:
    english = {name: foreign(settled(visitor, path)) for name, path in home.screens.items()}
    assert {name: words for name, words in english.items() if words} == {}


def foreign(page: Any) -> list[str]:
    """What is shown in Latin letters, without names and what people wrote themselves."""
    page.wait_for_function("() => document.documentElement.lang === 'ru'")
    return [text for text in page.evaluate(SHOWN) if re.search(r"[A-Za-z]{3}", re.sub(NAMES, "", text))]


def test_failures_are_told_in_russian(server: Site, browser: Browser) -> None:
    with person(browser, server.url, locale="ru-RU") as reader:
        page = reader.visit()
        page.get_by_role("button", name="Код у меня есть").click()
        with reader.api() as api:
            for name, content, kind in (
                ("no.wav", b"nothing of the kind" * 99, "audio/wav"),
                ("ru.wav", tone(2.0), "audio/wav"),
            ):
                sent = {"id": name, "language": "ru", "filename": name}
                api.post("/recordings", params=sent, content=content, headers={"Content-Type": kind})
            until(lambda: {one["status"] for one in api.get("/batches").json()["items"]} == {"failed"}, 60)
        settled(reader, "/")
        expect(page.get_by_text("Это не запись.")).to_be_visible()
        expect(page.get_by_text("не понимает язык этой записи")).to_be_visible()
        assert foreign(page) == []
