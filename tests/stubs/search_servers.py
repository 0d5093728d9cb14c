"""A loopback server that speaks the APIs of SearXNG, SerpAPI, Brave and Tavily, as their documentation describes them.

Each answers only what its API answers: the right method, path, key and parameters.
"""

import json
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.stubs.serving import JSON, Handler, serving

KEY = "secret-key"


@dataclass(frozen=True)
class Hit:
    """A page that the engine knows. `day` is a date, None where the engine tells none."""

    title: str
    url: str
    snippet: str | None
    day: str | None = None


@dataclass
class SearchServers:
    """`knows` is what every search finds; `fails` are answers (status, headers, body) that come before."""

    url: str = ""
    knows: list[Hit] = field(default_factory=list)
    fails: deque[tuple[int, dict[str, str], bytes]] = field(default_factory=deque)
    asked: list[str] = field(default_factory=list)
    """The queries, in order."""


@contextmanager
def search_servers() -> Iterator[SearchServers]:
    """All of them, on one free port."""
    stub = SearchServers()
    with serving(_handler(stub)) as stub.url:
        yield stub


Answer = tuple[int, dict[str, Any]]


def _searxng(asked: dict[str, str], hits: list[Hit]) -> Answer:
    if asked.get("format") != "json":
        return 403, {}
    days = [h.day and f"{h.day}T00:00:00" for h in hits]
    results = [
        {"title": h.title, "url": h.url, "content": h.snippet, "publishedDate": day}
        for h, day in zip(hits, days, strict=True)
    ]
    return 200, {"query": asked["q"], "results": results, "unresponsive_engines": []}


def _serpapi(asked: dict[str, str], hits: list[Hit]) -> Answer:
    if asked.get("api_key") != KEY or asked.get("engine") != "google":
        return 401, {"error": "Invalid API key."}
    if not hits:
        return 200, {"error": "Google hasn't returned any results for this query."}
    return 200, {"organic_results": [{"title": h.title, "link": h.url, "snippet": h.snippet} for h in hits]}


def _brave(asked: dict[str, str], hits: list[Hit], key: str) -> Answer:
    if key != KEY:
        return 422, {"error": {"code": "SUBSCRIPTION_TOKEN_INVALID", "status": 422}}
    if not 1 <= int(asked["count"]) <= 20:
        return 422, {"error": {"code": "VALIDATION", "status": 422}}
    marked = [
        {"title": h.title, "url": h.url, "description": h.snippet and f"<strong>{h.snippet}</strong>"} for h in hits
    ]
    results = [one | {"page_age": f"{h.day}T00:00:00"} if h.day else one for one, h in zip(marked, hits, strict=True)]
    return 200, {"type": "search", **({"web": {"type": "search", "results": results}} if hits else {})}


def _tavily(asked: dict[str, Any], hits: list[Hit], bearer: str) -> Answer:
    if bearer != f"Bearer {KEY}":
        return 401, {"detail": {"error": "Unauthorized: missing or invalid API key."}}
    results = [{"title": h.title, "url": h.url, "content": h.snippet, "score": 0.9} for h in hits]
    days = [one | {"published_date": h.day} if h.day else one for one, h in zip(results, hits, strict=True)]
    return 200, {"query": asked["query"], "answer": None, "results": days[: asked["max_results"]]}


def _handler(stub: SearchServers) -> type[Handler]:
    class Searching(Handler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            stub.asked.append(asked.get("q", ""))
            if self._failed():
                return
            match parts.path:
                case "/search":
                    self._answer(*_searxng(asked, stub.knows))
                case "/search.json":
                    self._answer(*_serpapi(asked, stub.knows))
                case "/res/v1/web/search":
                    self._answer(*_brave(asked, stub.knows, self.headers.get("X-Subscription-Token", "")))
                case _:
                    self._answer(404, {})

        def do_POST(self) -> None:
            asked = json.loads(self.body())
            stub.asked.append(asked.get("query", ""))
            if self._failed():
                return
            self._answer(*_tavily(asked, stub.knows, self.headers.get("Authorization", "")))

        def _failed(self) -> bool:
            if not stub.fails:
                return False
            status, headers, body = stub.fails.popleft()
            self.send(status, body, headers)
            return True

        def _answer(self, status: int, body: dict[str, Any]) -> None:
            self.send(status, json.dumps(body).encode(), JSON)

    return Searching
