"""Web search by SerpAPI (Google's results as JSON): https://serpapi.com/search-api."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.web_search.asking import Result, SearchServer, pages
from ai_conspects.engines.web_search.base import Found, query_of

SERPAPI_URL = "https://serpapi.com/search.json"


class _Answer(BaseModel):
    """The part of an answer that is read. `error` also says that nothing was found."""

    organic_results: list[Result] = Field(default_factory=list)
    error: str = ""


class SerpApi:
    """A `WebSearch` by SerpAPI. `url` is another address of the same API; `timeout_s` bounds a whole search.

    Its dates are words ("3 days ago"), so that none is taken.
    """

    name = "serpapi"

    def __init__(self, api_key: str, url: str = SERPAPI_URL, timeout_s: float = 20) -> None:
        self._api_key = api_key
        self._server = SearchServer(self.name, "SerpAPI", url, "SERPAPI_KEY", timeout_s)

    def search(self, phrases: Sequence[str], *, language: str, limit: int) -> list[Found]:
        """See `WebSearch`."""
        asked: dict[str, str | int] = {
            "engine": "google",
            "q": query_of(phrases),
            "num": limit,
            "hl": language.split("-")[0],
            "api_key": self._api_key,
        }
        answer = self._server.ask(_Answer, params=asked)
        if answer.error and "returned any results" not in answer.error:
            raise EngineRejected(self.name, "SerpAPI refuses this search.")
        return pages(answer.organic_results, limit)
