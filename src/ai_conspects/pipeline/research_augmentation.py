"""research_augmentation: sources for what was said. Without a search engine none are looked up, and none made up.

Sources are worth having and never worth a recording: what can't be looked up is said, and the notes are made without.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from pydantic import BaseModel
from sqlalchemy.orm import Session

from ai_conspects.core.outbound import Outbound
from ai_conspects.engines.errors import EngineError, EngineUnavailable
from ai_conspects.engines.web_search.base import Found, WebSearch
from ai_conspects.models import ProcessingBatch, StepName
from ai_conspects.pipeline.claims import Claim
from ai_conspects.pipeline.found_pages import Fetch, fetcher
from ai_conspects.pipeline.searches import DaySpent, search
from ai_conspects.pipeline.step import Hands, Outcome
from ai_conspects.recordings import repository
from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.passages import best_passage
from ai_conspects.text.plain import Plain
from ai_conspects.text.relevance import Subject, relevance, subject
from ai_conspects.text.urls import canonical, kind

NOT_ASKED = "Research was not asked for."
NO_ENGINE = (
    "No search engine is configured (SERPAPI_KEY, or AI_CONSPECTS_WEB_SEARCH__SEARXNG_URL, __BRAVE_API_KEY, "
    "__TAVILY_API_KEY or __ZIM_FILES), so no sources were looked up."
)
NOTHING_SAID = "Nothing was said, so nothing was looked up."
DAY_SPENT = "The day's searches are used up, so that not everything was looked up."
PHRASES_IN_QUERY = 3
KEPT = 10
FETCHED = 4
"""Pages read, of those that look most relevant."""
LONGEST_QUOTE = 400
LONGEST_URL = 1_000
"""What `sources.url` holds; a cut address would lead elsewhere, so that a page with a longer one is dropped."""


class FoundSource(BaseModel):
    """A page, in its own or the search engine's words. `relevance`: see `text/relevance.py`."""

    title: Plain
    url: Plain
    quote: Plain
    relevance: float
    type: str = "web"
    published: date | None = None


class Research(BaseModel):
    """What was asked, a query a line, and what was kept of the answers."""

    query: str
    sources: list[FoundSource]


@dataclass(frozen=True)
class Loaded:
    """`analysis` of the recording, and whether its owner asked for research."""

    user_id: UUID
    analysis: ContentAnalysis
    wanted: bool


@dataclass(frozen=True)
class Result:
    """`notice` says why nothing was looked up, or not everything, if so."""

    research: Research
    engine: str | None
    notice: str | None = None


def load(session: Session, claim: Claim) -> Loaded:
    output = repository.step_output(session, claim.recording_id, StepName.CONTENT_ANALYSIS)
    batch = session.get_one(ProcessingBatch, claim.batch_id)
    return Loaded(claim.user_id, ContentAnalysis.model_validate(output), batch.settings["include_research"])


def run(loaded: Loaded, hands: Hands) -> Result:
    """A few queries made of key phrases; results below the least relevance are dropped."""
    settings = hands.settings.web_search
    queries = queries_of(loaded.analysis, settings.max_queries)
    engine = hands.engines.web_search
    reason = _why_not(loaded, engine is not None, queries)
    if reason is not None or engine is None:
        return Result(Research(query="", sources=[]), None, reason)
    found, notice = _searched(loaded, hands, engine, queries)
    fetch = fetcher(Outbound(), settings.max_page_kb) if settings.fetch_pages else None
    sources = sources_of(found, subject(loaded.analysis), settings.min_relevance, fetch)
    return Result(Research(query="\n".join(map(" ".join, queries)), sources=sources), engine.name, notice)


def save(session: Session, claim: Claim, loaded: Loaded, result: Result) -> Outcome:
    return Outcome(result.research, engine=result.engine, notice=result.notice)


def queries_of(analysis: ContentAnalysis, most: int) -> list[tuple[str, ...]]:
    """The heaviest key phrases of the whole, then of each topic, as long as a query asks something new."""
    whole = [phrase.text for phrase in analysis.key_phrases[:PHRASES_IN_QUERY]]
    topics = [[topic.heading, *topic.key_phrases] for topic in analysis.topics]
    asked: list[tuple[str, ...]] = []
    for phrases in (whole, *topics):
        query = tuple(dict.fromkeys(filter(None, phrases)))[:PHRASES_IN_QUERY]
        if query and not any(set(query) <= set(other) for other in asked):
            asked.append(query)
    return asked[:most]


def sources_of(found: Sequence[Found], of: Subject, least: float, fetch: Fetch | None) -> list[FoundSource]:
    """Each page once, rated, the most relevant first; quotes are of the pages themselves where these are fetched."""
    pages: dict[str, Found] = {}
    for page in found:
        if len(page.url) <= LONGEST_URL:
            pages.setdefault(canonical(page.url), page)
    rated = sorted((_rated(page, of) for page in pages.values()), key=lambda one: -one.relevance)
    if fetch is not None:
        rated[:FETCHED] = [_read(source, of, fetch) for source in rated[:FETCHED]]
        rated.sort(key=lambda one: -one.relevance)
    return [source for source in rated if source.relevance >= least][:KEPT]


def _searched(
    loaded: Loaded, hands: Hands, engine: WebSearch, queries: Sequence[tuple[str, ...]]
) -> tuple[list[Found], str | None]:
    """What all queries found, and why it isn't all, if so. Raises `EngineUnavailable` while waiting may help."""
    found: list[Found] = []
    for query in queries:
        try:
            found += search(hands, loaded.user_id, engine, query, loaded.analysis.language)
        except DaySpent:
            return found, DAY_SPENT
        except EngineUnavailable as error:
            if hands.waited_s() < hands.settings.web_search.patience_s:
                raise
            return found, f"{error} Nothing more was looked up."
        except EngineError as error:
            return found, f"{error} Nothing more was looked up."
    return found, None


def _rated(page: Found, of: Subject) -> FoundSource:
    return FoundSource(
        title=page.title,
        url=page.url,
        quote=page.snippet,
        relevance=relevance(f"{page.title}. {page.snippet}", of),
        type=kind(page.url),
        published=page.published,
    )


def _read(source: FoundSource, of: Subject, fetch: Fetch) -> FoundSource:
    """The source with the best passage of its page, and rated by it, if the page can be read."""
    page = fetch(source.url) if source.url.startswith("http") else None
    if page is None or not page.text:
        return source
    phrases = " ".join(phrase for phrase, _ in of.phrases[: 2 * PHRASES_IN_QUERY])
    quote = best_passage(page.text, phrases, of.language, LONGEST_QUOTE)
    return _rated(Found(source.title or page.title, source.url, quote, source.published or page.published), of)


def _why_not(loaded: Loaded, has_engine: bool, queries: Sequence[tuple[str, ...]]) -> str | None:
    if not loaded.wanted:
        return NOT_ASKED
    if not queries:
        return NOTHING_SAID
    return None if has_engine else NO_ENGINE
