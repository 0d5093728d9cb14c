"""Research: what is asked, what is kept of the answers, who pays, and what happens when nobody answers."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select, update

from ai_conspects.core.addresses import AddressRefused
from ai_conspects.core.outbound import Outbound
from ai_conspects.engines.web_search.base import Found, WebSearch
from ai_conspects.engines.web_search.searxng import SearXNG
from ai_conspects.engines.web_search.tavily import Tavily
from ai_conspects.engines.web_search.zim import ZimEncyclopedia
from ai_conspects.models import RecordingStep, Source, StepName, StepStatus, WebSearchRow
from ai_conspects.pipeline.found_pages import fetcher
from ai_conspects.pipeline.research_augmentation import DAY_SPENT, NO_ENGINE, Research, queries_of, sources_of
from ai_conspects.text.analyze import analyze
from ai_conspects.text.html import Page
from ai_conspects.text.relevance import relevance, subject
from ai_conspects.text.sentences import from_text
from ai_conspects.text.support import quoted
from tests.bench import Bench
from tests.builders import a_user
from tests.engines.web_search.zims import a_zim
from tests.pipeline.test_runner import make_due_now
from tests.scripted import LECTURE
from tests.stubs.search_servers import KEY, Hit, SearchServers, search_servers
from tests.stubs.status_server import status_server

NETWORKS = Hit(
    "Нейронная сеть",
    "https://ru.example.org/net?utm_source=x",
    "Нейронная сеть учится на примерах: нейрон складывает входы с весами, функция активации решает, что дальше.",
    "2026-02-03",
)
SAME_AGAIN = Hit("Та же страница", "http://www.ru.example.org/net/#top", NETWORKS.snippet)
CONCRETE = Hit("Бетон", "https://example.org/concrete", "Бетон получают из цемента, песка и воды.")
ANALYSIS = analyze(from_text(" ".join(LECTURE), "ru"), "ru")


@pytest.fixture
def servers() -> Iterator[SearchServers]:
    with search_servers() as made:
        made.knows = [CONCRETE, NETWORKS, SAME_AGAIN]
        yield made


def with_engine(bench: Bench, engine: WebSearch) -> Bench:
    bench.engines = replace(bench.engines, web_search=engine)
    return bench


def researched(bench: Bench, user_id: UUID | None = None) -> tuple[Research, RecordingStep]:
    (recording_id,) = bench.submit(user_id)
    bench.run_all()
    step = bench.step(recording_id, StepName.RESEARCH_AUGMENTATION)
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE
    return Research.model_validate(step.output), step


def test_relevant_pages_become_sources_once_with_kind_day_and_their_own_words(
    bench: Bench, servers: SearchServers
) -> None:
    research, step = researched(with_engine(bench, SearXNG(servers.url)))
    assert [source.url for source in research.sources] == [NETWORKS.url]
    assert step.engine == "searxng"
    assert step.notice is None
    with bench.database.transaction(as_system="a test") as session:
        (source,) = session.scalars(select(Source))
    assert (source.type, source.published_on, source.quote) == ("web", date(2026, 2, 3), NETWORKS.snippet)
    assert 0.7 <= source.relevance <= 1


def test_what_is_asked_are_key_phrases_and_never_sentences(bench: Bench, servers: SearchServers) -> None:
    researched(with_engine(bench, SearXNG(servers.url)))
    assert servers.asked
    for query in servers.asked:
        assert "нейрон" in query or "сет" in query
        assert not any(quoted(sentence, query) for sentence in LECTURE)


def test_the_same_question_is_asked_once_and_its_answer_is_kept_by_the_database(
    bench: Bench, servers: SearchServers
) -> None:
    with bench.database.transaction(as_system="a test") as session:
        me, other = a_user(session), a_user(session)
    with_engine(bench, SearXNG(servers.url))
    first, _ = researched(bench, me)
    asked = len(servers.asked)
    again, _ = researched(bench, me)
    assert again == first
    assert len(servers.asked) == asked
    researched(bench, other)
    assert len(servers.asked) == 2 * asked  # what one user looked up is not shown to another
    with bench.database.transaction(as_system="a test") as session:
        session.execute(update(WebSearchRow).values(asked_at=func.now() - func.make_interval(0, 0, 0, 8)))
    researched(bench, me)
    assert len(servers.asked) == 3 * asked  # after a week it is old


def test_a_spent_day_is_said_and_the_notes_are_made(bench: Bench, servers: SearchServers) -> None:
    bench.settings.web_search.searches_per_day = 0
    research, step = researched(with_engine(bench, SearXNG(servers.url)))
    assert servers.asked == []
    assert research.sources == []
    assert step.notice == DAY_SPENT


def test_a_search_server_that_is_busy_is_waited_for_as_long_as_it_asks(bench: Bench, servers: SearchServers) -> None:
    servers.fails.append((429, {"Retry-After": "30"}, b""))
    (recording_id,) = with_engine(bench, SearXNG(servers.url)).submit()
    bench.run_all()
    step = bench.step(recording_id, StepName.RESEARCH_AUGMENTATION)
    assert (step.status, step.waits, step.error_code) == (StepStatus.DUE, 1, "engine_unavailable")
    make_due_now(bench)
    bench.run_all()
    step = bench.step(recording_id, StepName.RESEARCH_AUGMENTATION)
    assert step.status == StepStatus.DONE
    assert len(Research.model_validate(step.output).sources) == 1


def test_one_that_stays_away_costs_the_sources_and_not_the_recording(bench: Bench, servers: SearchServers) -> None:
    bench.settings.web_search.patience_s = 0
    servers.fails.append((503, {}, b""))
    research, step = researched(with_engine(bench, SearXNG(servers.url)))
    assert research.sources == []
    assert step.notice == "SearXNG is busy or failing (status 503). Nothing more was looked up."
    with bench.database.transaction(as_system="a test") as session:
        assert session.scalar(select(func.count()).select_from(WebSearchRow)) == 0  # what failed is not counted


def test_a_wrong_key_costs_the_sources_and_not_the_recording(bench: Bench, servers: SearchServers) -> None:
    research, step = researched(with_engine(bench, Tavily("wrong", f"{servers.url}/search")))
    assert research.sources == []
    assert "AI_CONSPECTS_WEB_SEARCH__TAVILY_API_KEY" in (step.notice or "")
    research, step = researched(with_engine(bench, Tavily(KEY, f"{servers.url}/search")))
    assert len(research.sources) == 1


def test_without_an_engine_it_is_said_and_nothing_is_invented(bench: Bench) -> None:
    research, step = researched(bench)
    assert research == Research(query="", sources=[])
    assert step.notice == NO_ENGINE


def test_an_encyclopedia_on_this_machine_is_a_source_without_any_network(bench: Bench, tmp_path: Path) -> None:
    text = f"<html><body><p>{NETWORKS.snippet}</p></body></html>"
    articles = [("net", "Нейронная сеть", text), ("b", "Бетон", f"<p>{CONCRETE.snippet}</p>")]
    file = a_zim(tmp_path / "ru.zim", articles, language="rus")
    research, _ = researched(with_engine(bench, ZimEncyclopedia([file])))
    assert [source.title for source in research.sources] == ["Нейронная сеть"]
    with bench.database.transaction(as_system="a test") as session:
        (source,) = session.scalars(select(Source))
    assert (source.url, source.type, source.quote) == (None, "encyclopedia", NETWORKS.snippet)


def test_queries_are_of_the_whole_and_of_topics_and_none_asks_again_what_another_did() -> None:
    queries = queries_of(ANALYSIS, 10)
    assert queries[0] == tuple(phrase.text for phrase in ANALYSIS.key_phrases[:3])
    assert len({frozenset(query) for query in queries}) == len(queries)
    assert len(queries_of(ANALYSIS, 1)) == 1
    assert queries_of(analyze((), "ru"), 5) == []


@pytest.mark.parametrize(
    ("passage", "is_relevant"),
    [(NETWORKS.snippet, True), (CONCRETE.snippet, False), ("", False), ("Сеть магазинов открыла новый склад.", False)],
)
def test_relevance_tells_the_subject_from_a_word_in_common(passage: str | None, is_relevant: bool) -> None:
    figure = relevance(passage or "", subject(ANALYSIS))
    assert 0 <= figure <= 1
    assert (figure >= 0.7) is is_relevant


def test_a_page_that_is_fetched_is_quoted_by_its_best_passage_and_rated_by_it() -> None:
    own_words = f"Меню сайта.\nСовсем другое дело.\n{NETWORKS.snippet}"
    found = [Found("Страница", "https://a.example/", "Короткая выдержка.")]
    asked: list[str] = []

    def fetch(url: str) -> Page:
        asked.append(url)
        return Page("", own_words, date(2025, 5, 6))

    (source,) = sources_of(found, subject(ANALYSIS), 0.7, fetch)
    assert source.quote == NETWORKS.snippet
    assert source.published == date(2025, 5, 6)
    assert asked == ["https://a.example/"]
    assert sources_of(found, subject(ANALYSIS), 0.7, lambda _: None) == []  # unread, it is rated by the snippet


HTML = {"Content-Type": "text/html; charset=windows-1251"}


def fetched(url: str, *, private: bool = True) -> Page | None:
    return fetcher(Outbound(["127.0.0.1"] if private else []), 16)(url)


def test_a_page_is_read_in_its_own_charset_and_no_further_than_its_bound() -> None:
    body = "<title>Сеть</title><p>Учится на примерах.</p>".encode("cp1251") + b"<p>x</p>" * 10_000
    with status_server(200, body, HTML) as url:
        page = fetched(url)
    assert page
    assert page.text.startswith("Учится на примерах.")
    assert len(page.text) < 16 * 1024


@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"Content-Type": "application/pdf"}),
        (404, HTML),
        (500, HTML),
        (302, {"Location": "http://169.254.169.254/"}),
    ],
)
def test_what_is_no_page_is_left_and_a_redirect_inside_is_not_followed(status: int, headers: dict[str, str]) -> None:
    with status_server(status, b"<p>secret</p>", headers) as url:
        assert fetched(url) is None


def test_a_page_in_a_private_network_is_never_called() -> None:
    seen: list[str] = []
    with status_server(200, b"<p>secret</p>", HTML, seen) as url:
        assert fetched(url, private=False) is None
        with pytest.raises(AddressRefused):
            Outbound().call("GET", url)
    assert seen == []


def test_a_page_that_redirects_for_ever_is_given_up() -> None:
    headers: dict[str, str] = {}
    seen: list[str] = []
    with status_server(302, b"", headers, seen) as url:
        headers["Location"] = f"{url}/again"
        assert fetched(url) is None
    assert len(seen) == 4
