"""Web search by Brave: https://api-dashboard.search.brave.com/app/documentation/web-search."""

from collections.abc import Sequence

from pydantic import BaseModel, Field

from ai_conspects.engines.web_search.asking import Result, SearchServer, pages
from ai_conspects.engines.web_search.base import Found, query_of
from ai_conspects.text.html import text_of

BRAVE_URL = "https://api.search.brave.com/res/v1/web/search"
MOST_RESULTS = 20
MOST_WORDS = 50
LANGUAGES = (
    "ar eu bn bg ca hr cs da nl en et fi fr gl de el gu he hi hu is it kn ko lv lt ms ml mr nb pl pa ro ru sr sk sl es "
    "sv ta te th tr uk vi"
)
"""What `search_lang` takes as two letters; for others, Brave goes by the query's own words."""


class _Web(BaseModel):
    results: list[Result] = Field(default_factory=list)


class _Answer(BaseModel):
    """The part of an answer that is read; `web` is missing where nothing was found."""

    web: _Web | None = None


class Brave:
    """A `WebSearch` by Brave's own index. `timeout_s` bounds a whole search."""

    name = "brave"

    def __init__(self, api_key: str, url: str = BRAVE_URL, timeout_s: float = 20) -> None:
        self._server = SearchServer(
            self.name,
            "Brave",
            url,
            "AI_CONSPECTS_WEB_SEARCH__BRAVE_API_KEY",
            timeout_s,
            refused=frozenset({401, 402, 403, 422}),  # the last: SUBSCRIPTION_TOKEN_INVALID
            headers={"X-Subscription-Token": api_key, "Accept": "application/json"},
        )

    def search(self, phrases: Sequence[str], *, language: str, limit: int) -> list[Found]:
        """See `WebSearch`. Brave marks the words it found with tags, which are taken out."""
        query = " ".join(query_of(phrases).split()[:MOST_WORDS])
        asked: dict[str, str | int] = {"q": query, "count": min(limit, MOST_RESULTS), "text_decorations": "false"}
        code = language.split("-")[0]
        if code in LANGUAGES.split():
            asked["search_lang"] = code
        answer = self._server.ask(_Answer, params=asked)
        return pages(answer.web.results if answer.web else (), limit, plain=text_of)
