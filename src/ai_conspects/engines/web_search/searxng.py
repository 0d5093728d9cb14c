"""Web search by a SearXNG server of one's own, as JSON: https://docs.searxng.org/dev/search_api.html."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from ai_conspects.engines.errors import EngineUnavailable
from ai_conspects.engines.web_search.asking import Result, SearchServer, pages
from ai_conspects.engines.web_search.base import Found, query_of

SETTING = "AI_CONSPECTS_WEB_SEARCH__SEARXNG_URL (its settings.yml must list `json` under search.formats)"


class _Answer(BaseModel):
    """The part of an answer that is read. `unresponsive_engines` are those it asked in vain, with their reasons."""

    results: list[Result] = Field(default_factory=list)
    unresponsive_engines: list[list[str]] = Field(default_factory=list)


class SearXNG:
    """A `WebSearch` by the SearXNG at `base_url`, which may stand in a private network: the operator named it."""

    name = "searxng"

    def __init__(self, base_url: str, timeout_s: float = 20) -> None:
        self._server = SearchServer(self.name, "SearXNG", f"{base_url.rstrip('/')}/search", SETTING, timeout_s)

    def search(self, phrases: Sequence[str], *, language: str, limit: int) -> list[Found]:
        """See `WebSearch`. Nothing found, and engines behind it that didn't answer, is no answer."""
        asked: dict[str, str | int] = {"q": query_of(phrases), "format": "json", "language": language.split("-")[0]}
        answer = self._server.ask(_Answer, params=asked)
        if not answer.results and answer.unresponsive_engines:
            raise EngineUnavailable(self.name, "None of the engines behind SearXNG answered.")
        return pages(answer.results, limit)
