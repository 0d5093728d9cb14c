"""Web search by Tavily: https://docs.tavily.com/documentation/api-reference/endpoint/search."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from ai_conspects.engines.web_search.asking import Result, SearchServer, pages
from ai_conspects.engines.web_search.base import Found, query_of

TAVILY_URL = "https://api.tavily.com/search"
MOST_RESULTS = 20


class _Answer(BaseModel):
    """The part of an answer that is read. Its `answer`, which a model writes, is never asked for."""

    results: list[Result] = Field(default_factory=list)


class Tavily:
    """A `WebSearch` by Tavily. `timeout_s` bounds a whole search. The query's words decide its language."""

    name = "tavily"

    def __init__(self, api_key: str, url: str = TAVILY_URL, timeout_s: float = 20) -> None:
        self._server = SearchServer(
            self.name,
            "Tavily",
            url,
            "AI_CONSPECTS_WEB_SEARCH__TAVILY_API_KEY",
            timeout_s,
            refused=frozenset({401, 403, 432, 433}),  # the last two: a limit of the plan, or one set for it, is reached
            headers={"Authorization": f"Bearer {api_key}"},
        )

    def search(self, phrases: Sequence[str], *, language: str, limit: int) -> list[Found]:
        """See `WebSearch`."""
        asked = {"query": query_of(phrases), "max_results": min(limit, MOST_RESULTS), "include_answer": False}
        return pages(self._server.ask(_Answer, json=asked).results, limit)
