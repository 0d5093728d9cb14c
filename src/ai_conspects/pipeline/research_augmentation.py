"""research_augmentation: sources for what was said. Without a search engine none are looked up, and none made up."""

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy.orm import Session

from ai_conspects.engines.web_search.base import Found
from ai_conspects.models import ProcessingBatch, StepName
from ai_conspects.pipeline.claims import Claim
from ai_conspects.pipeline.step import Hands, Outcome
from ai_conspects.recordings import repository
from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.plain import Plain
from ai_conspects.text.support import support

NOT_ASKED = "Research was not asked for."
NO_ENGINE = "No search engine is configured (SERPAPI_KEY), so no sources were looked up."
NOTHING_SAID = "Nothing was said, so nothing was looked up."
PHRASES_IN_QUERY = 4
RESULTS = 10
LONGEST_URL = 1_000
"""What `sources.url` holds; a cut address would lead elsewhere, so that a page with a longer one is dropped."""


class FoundSource(BaseModel):
    """A page, in the search engine's own words. `relevance`: see `relevance` below."""

    title: Plain
    url: Plain
    quote: Plain
    relevance: float


class Research(BaseModel):
    """What was asked and what was kept of the answer."""

    query: str
    sources: list[FoundSource]


@dataclass(frozen=True)
class Loaded:
    """`analysis` of the recording, and whether its owner asked for research."""

    analysis: ContentAnalysis
    wanted: bool


@dataclass(frozen=True)
class Result:
    """`notice` says why nothing was looked up, if so."""

    research: Research
    engine: str | None
    notice: str | None = None


def load(session: Session, claim: Claim) -> Loaded:
    output = repository.step_output(session, claim.recording_id, StepName.CONTENT_ANALYSIS)
    batch = session.get_one(ProcessingBatch, claim.batch_id)
    return Loaded(ContentAnalysis.model_validate(output), batch.settings["include_research"])


def run(loaded: Loaded, hands: Hands) -> Result:
    """One query made of the heaviest key phrases; results below the least relevance are dropped."""
    phrases = [phrase.text for phrase in loaded.analysis.key_phrases[:PHRASES_IN_QUERY]]
    engine = hands.engines.web_search
    reason = _why_not(loaded, engine is not None, phrases)
    if reason is not None or engine is None:
        return Result(Research(query="", sources=[]), None, reason)
    query = " ".join(phrases)
    language = loaded.analysis.language
    with hands.engine_time():
        found = engine.search(query, language=language, limit=RESULTS)
    kept = _kept(found, loaded.analysis, hands.settings.web_search.min_relevance)
    return Result(Research(query=query, sources=kept), engine.name)


def save(session: Session, claim: Claim, loaded: Loaded, result: Result) -> Outcome:
    return Outcome(result.research, engine=result.engine, notice=result.notice)


def relevance(page: Found, analysis: ContentAnalysis) -> float:
    """The share of the key phrases' words that title and snippet have, rarer words counting more: 0 to 1."""
    phrases = " ".join(phrase.text for phrase in analysis.key_phrases[:PHRASES_IN_QUERY])
    return support(phrases, f"{page.title} {page.snippet}", analysis.language)


def _kept(found: list[Found], analysis: ContentAnalysis, least: float) -> list[FoundSource]:
    rated = {
        page.url: FoundSource(title=page.title, url=page.url, quote=page.snippet, relevance=relevance(page, analysis))
        for page in found
        if len(page.url) <= LONGEST_URL
    }
    kept = [source for source in rated.values() if source.relevance >= least]
    return sorted(kept, key=lambda source: source.relevance, reverse=True)


def _why_not(loaded: Loaded, has_engine: bool, phrases: list[str]) -> str | None:
    if not loaded.wanted:
        return NOT_ASKED
    if not phrases:
        return NOTHING_SAID
    return None if has_engine else NO_ENGINE
