"""Web search by Tavily: https://docs.tavily.com/documentation/api-reference/endpoint/search."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from ai_conspects.engines.web_search.asking import SearchServer
from ai_conspects.engines.web_search.base import SCHEMES, Found, day, query_of

TAVILY_URL = "https://api.tavily.com/search"
MOST_RESULTS = 20


class _Result(BaseModel):
    title: str = ""
    url: str = ""
    content: str | None = None
    published_date: str | None = None


class _Answer(BaseModel):
    """The part of an answer that is read. Its `answer`, which a model writes, is never asked for."""

    results: list[_Result] = Field(default_factory=list)


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
            refused=frozenset(
                {401, 403, 432, 433}
            ),  # the last two: the plan's limit, or the one set for it, is reached
            headers={"Authorization": f"Bearer {api_key}"},
        )

    def search(self, phrases: Sequence[str], *, language: str, limit: int) -> list[Found]:
        """See `WebSearch`."""
        asked = {"query": query_of(phrases), "max_results": min(limit, MOST_RESULTS), "include_answer": False}
        answer = self._server.ask(_Answer, json=asked)
        found = [
            Found(one.title.strip(), one.url, (one.content or "").strip(), day(one.published_date))
            for one in answer.results
            if one.url.startswith(SCHEMES)
        ]
        return found[:limit]
