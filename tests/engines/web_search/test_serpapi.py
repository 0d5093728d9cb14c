"""Web search over a real socket: what is read, what is refused, and that the key goes nowhere else."""

import json
import socket

import pytest

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.web_search.base import Found
from ai_conspects.engines.web_search.serpapi import MAX_ANSWER_BYTES, SerpApi
from tests.stubs.status_server import status_server

KEY = "secret-key"
RESULTS = {
    "organic_results": [
        {"title": " Light ", "link": "https://example.org/light", "snippet": "On light."},
        {"title": "Bad", "link": "javascript:alert(1)", "snippet": "no page"},
        {"title": "File", "link": "file:///etc/passwd"},
        {"title": "Bare", "link": "http://example.org/bare"},
        {"title": "Third", "link": "https://example.org/third", "snippet": None},
    ]
}


def search(url: str, limit: int = 10, timeout_s: float = 5) -> list[Found]:
    return SerpApi(KEY, url, timeout_s).search("свет и энергия", language="ru-RU", limit=limit)


def test_pages_are_found_in_the_engines_order() -> None:
    seen: list[str] = []
    with status_server(200, json.dumps(RESULTS).encode(), seen=seen) as url:
        found = search(url, limit=2)
    assert found == [
        Found("Light", "https://example.org/light", "On light."),
        Found("Bare", "http://example.org/bare", ""),
    ]
    assert "hl=ru&" in seen[0]
    assert f"api_key={KEY}" in seen[0]


def test_nothing_found_is_an_empty_list() -> None:
    body = json.dumps({"error": "Google hasn't returned any results for this query."}).encode()
    with status_server(200, body) as url:
        assert search(url) == []


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (401, b"", EngineMisconfigured),
        (403, b"", EngineMisconfigured),
        (400, b"", EngineRejected),
        (302, b"", EngineRejected),
        (429, b"", EngineUnavailable),
        (500, b"", EngineUnavailable),
        (200, b"<html>", EngineUnavailable),
        (200, b'{"organic_results": 5}', EngineUnavailable),
        (200, b'{"error": "Unsupported value"}', EngineRejected),
        (200, b" " * (MAX_ANSWER_BYTES + 1), EngineUnavailable),
    ],
)
def test_each_fault_has_its_meaning_and_none_tells_the_key(status: int, body: bytes, kind: type[EngineError]) -> None:
    headers = {"Location": "http://127.0.0.1:9/elsewhere"} if status == 302 else {}
    seen: list[str] = []
    with status_server(status, body, headers, seen) as url, pytest.raises(kind) as caught:
        search(url)
    assert KEY not in str(caught.value)
    assert len(seen) == 1


def test_retry_after_is_passed_on() -> None:
    with status_server(429, headers={"Retry-After": "30"}) as url, pytest.raises(EngineUnavailable) as caught:
        search(url)
    assert caught.value.retry_after == 30


def test_a_server_that_hangs_is_unavailable_soon() -> None:
    with socket.create_server(("127.0.0.1", 0)) as hole, pytest.raises(EngineUnavailable, match="in time"):
        search(f"http://127.0.0.1:{hole.getsockname()[1]}", timeout_s=0.3)


def test_the_environments_proxy_is_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:9")
    with status_server(200, b"{}") as url:
        assert search(url) == []
