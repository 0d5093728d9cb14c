"""What every search engine keeps to, each over its own protocol; and what those on the web do when things go wrong."""

import json
import socket
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.web_search.asking import MAX_ANSWER_BYTES
from ai_conspects.engines.web_search.base import Found, WebSearch
from ai_conspects.engines.web_search.brave import Brave
from ai_conspects.engines.web_search.searxng import SearXNG
from ai_conspects.engines.web_search.serpapi import SerpApi
from ai_conspects.engines.web_search.several import Several
from ai_conspects.engines.web_search.tavily import Tavily
from ai_conspects.engines.web_search.zim import ZimEncyclopedia
from tests.engines.web_search.zims import ENGLISH, RUSSIAN, a_zim
from tests.stubs.search_servers import KEY, Hit, SearchServers, search_servers

Make = Callable[[str, str, float], WebSearch]

ONLINE: dict[str, Make] = {
    "searxng": lambda url, key, timeout_s: SearXNG(f"{url}/", timeout_s),
    "serpapi": lambda url, key, timeout_s: SerpApi(key, f"{url}/search.json", timeout_s),
    "brave": lambda url, key, timeout_s: Brave(key, f"{url}/res/v1/web/search", timeout_s),
    "tavily": lambda url, key, timeout_s: Tavily(key, f"{url}/search", timeout_s),
}
PAGES = [
    Hit("Свет и энергия", "https://example.org/light", "О свете.", "2026-03-04"),
    Hit("Bad", "javascript:alert(1)", "no page"),
    Hit("File", "file:///etc/passwd", "no page"),
    Hit("Bare", "http://example.org/bare", None),
    Hit("Third", "https://example.org/third", "Три & четыре."),
]


@pytest.fixture
def servers() -> Iterator[SearchServers]:
    with search_servers() as made:
        yield made


@pytest.fixture(scope="module")
def encyclopedia(tmp_path_factory: pytest.TempPathFactory) -> ZimEncyclopedia:
    folder = tmp_path_factory.mktemp("zim")
    russian = a_zim(folder / "ru.zim", RUSSIAN, language="rus", source="https://ru.wikipedia.org/")
    return ZimEncyclopedia([russian, a_zim(folder / "en.zim", ENGLISH, language="eng")])


@pytest.fixture(params=[*ONLINE, "zim"])
def engine(request: pytest.FixtureRequest) -> WebSearch:
    """One that knows a page on photosynthesis."""
    if request.param == "zim":
        found: ZimEncyclopedia = request.getfixturevalue("encyclopedia")
        return found
    servers: SearchServers = request.getfixturevalue("servers")
    servers.knows = [Hit("Фотосинтез", "https://example.org/a", "Фотосинтез превращает энергию света.", "2026-01-15")]
    return ONLINE[request.param](servers.url, KEY, 5)


def test_a_page_has_a_title_an_address_and_words_of_its_own(engine: WebSearch) -> None:
    (page, *_) = engine.search(["фотосинтез"], language="ru", limit=5)
    assert page.title == "Фотосинтез"
    assert page.url.startswith("https://")
    assert "Фотосинтез превращает энергию света" in page.snippet
    assert "<" not in page.snippet
    assert page.published in {None, date(2026, 1, 15)}
    assert engine.name


def test_no_more_come_than_are_wanted(engine: WebSearch) -> None:
    assert len(engine.search(["фотосинтез"], language="ru-RU", limit=1)) == 1


@pytest.mark.parametrize("name", ONLINE)
def test_pages_stand_in_the_engines_order_and_addresses_that_are_none_are_left_out(
    name: str, servers: SearchServers
) -> None:
    servers.knows = PAGES
    found = ONLINE[name](servers.url, KEY, 5).search(["свет", "энергия"], language="ru", limit=20)
    day = None if name == "serpapi" else date(2026, 3, 4)
    assert found == [
        Found("Свет и энергия", "https://example.org/light", "О свете.", day),
        Found("Bare", "http://example.org/bare", ""),
        Found("Third", "https://example.org/third", "Три & четыре."),
    ]
    assert servers.asked == ["свет энергия"]


@pytest.mark.parametrize("name", ONLINE)
def test_nothing_found_is_an_empty_list(name: str, servers: SearchServers) -> None:
    assert ONLINE[name](servers.url, KEY, 5).search(["xyzzy"], language="en", limit=5) == []


@pytest.mark.parametrize("name", ["serpapi", "brave", "tavily"])
def test_a_wrong_key_names_its_setting_and_not_itself(name: str, servers: SearchServers) -> None:
    with pytest.raises(EngineMisconfigured, match="_KEY") as caught:
        ONLINE[name](servers.url, "hidden", 5).search(["свет"], language="ru", limit=5)
    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize("name", ONLINE)
@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (403, b"", EngineMisconfigured),
        (400, b"", EngineRejected),
        (302, b"", EngineRejected),
        (429, b"", EngineUnavailable),
        (500, b"", EngineUnavailable),
        (200, b"<html>", EngineUnavailable),
        (200, b'{"results": 5, "organic_results": 5, "web": 5}', EngineUnavailable),
        (200, b" " * (MAX_ANSWER_BYTES + 1), EngineUnavailable),
    ],
)
def test_each_fault_has_its_meaning_and_tells_neither_key_nor_query(
    name: str, servers: SearchServers, status: int, body: bytes, kind: type[EngineError]
) -> None:
    headers = {"Location": f"{servers.url}/elsewhere", "Retry-After": "30"} if status in {302, 429} else {}
    servers.fails.append((status, headers, body))
    with pytest.raises(kind) as caught:
        ONLINE[name](servers.url, KEY, 5).search(["тайна"], language="ru", limit=5)
    assert KEY not in str(caught.value)
    assert "тайна" not in str(caught.value)
    assert len(servers.asked) == 1  # no redirect is followed
    if isinstance(caught.value, EngineUnavailable):
        assert caught.value.retry_after == (30 if status == 429 else None)


@pytest.mark.parametrize("name", ONLINE)
def test_a_server_that_hangs_is_unavailable_soon(name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole, pytest.raises(EngineUnavailable, match="in time"):
        ONLINE[name](f"http://127.0.0.1:{hole.getsockname()[1]}", KEY, 0.3).search(["a"], language="en", limit=1)


@pytest.mark.parametrize("name", ONLINE)
def test_the_environments_proxy_is_not_asked(
    name: str, servers: SearchServers, monkeypatch: pytest.MonkeyPatch
) -> None:
    for variable in ("HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(variable, "http://127.0.0.1:9")
    servers.knows = PAGES
    assert ONLINE[name](servers.url, KEY, 5).search(["свет"], language="ru", limit=1)


def test_a_refusal_in_serpapis_body_is_a_refusal(servers: SearchServers) -> None:
    servers.fails.append((200, {}, b'{"error": "Unsupported value"}'))
    with pytest.raises(EngineRejected):
        ONLINE["serpapi"](servers.url, KEY, 5).search(["свет"], language="ru", limit=1)


@pytest.mark.parametrize("status", [432, 433])
def test_tavilys_spent_plan_is_the_operators_matter(status: int, servers: SearchServers) -> None:
    servers.fails.append((status, {}, b""))
    with pytest.raises(EngineMisconfigured):
        ONLINE["tavily"](servers.url, KEY, 5).search(["свет"], language="ru", limit=1)


def test_a_searxng_whose_own_engines_are_away_is_unavailable(servers: SearchServers) -> None:
    servers.fails.append((200, {}, json.dumps({"results": [], "unresponsive_engines": [["bing", "timeout"]]}).encode()))
    with pytest.raises(EngineUnavailable):
        ONLINE["searxng"](servers.url, KEY, 5).search(["свет"], language="ru", limit=1)


def test_the_encyclopedia_answers_in_the_texts_language_with_its_best_passage(encyclopedia: ZimEncyclopedia) -> None:
    (russian,) = encyclopedia.search(["фотосинтез"], language="ru", limit=5)
    assert russian.url == "https://ru.wikipedia.org/wiki/%D0%A4%D0%BE%D1%82%D0%BE%D1%81%D0%B8%D0%BD%D1%82%D0%B5%D0%B7"
    assert russian.snippet == "Фотосинтез превращает энергию света в химическую. Он идёт в хлоропластах."
    english = encyclopedia.search(["photosynthesis", "concrete"], language="en", limit=5)
    assert [page.title for page in english] == ["Photosynthesis", "Concrete"]
    assert english[0].url == "zim://en.zim/Photosynthesis"
    assert encyclopedia.search(["квазар"], language="ru", limit=5) == []


def test_files_that_cant_be_searched_are_told_with_the_mend(tmp_path: Path) -> None:
    no_index = a_zim(tmp_path / "no-index.zim", ENGLISH, language="eng", indexed=False)
    cut = tmp_path / "cut.zim"
    cut.write_bytes(no_index.read_bytes()[:300])
    for file, told in (
        (tmp_path / "gone.zim", "gone.zim"),
        (no_index, "full-text index"),
        (cut, "no ZIM file"),
        (Path(__file__), "no ZIM file"),
    ):
        with pytest.raises(EngineMisconfigured, match=told):
            ZimEncyclopedia([file]).search(["light"], language="en", limit=1)


def test_several_engines_answer_in_turns_and_one_that_fails_is_not_left_out(
    encyclopedia: ZimEncyclopedia, servers: SearchServers
) -> None:
    servers.knows = PAGES
    both = Several([encyclopedia, ONLINE["searxng"](servers.url, KEY, 5)])
    titles = [page.title for page in both.search(["фотосинтез"], language="ru", limit=3)]
    assert titles == ["Фотосинтез", "Свет и энергия", "Bare"]
    assert both.name == "zim+searxng"
    servers.fails.append((503, {}, b""))
    with pytest.raises(EngineUnavailable):
        both.search(["фотосинтез"], language="ru", limit=3)
