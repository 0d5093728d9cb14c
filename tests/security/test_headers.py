"""The headers of safety on every route: each operation of the API, media, tus, events, errors. The page has its own."""

import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from ai_conspects.accounts.dependencies import Parts
from tests.accounts.devices import register
from tests.bench import Bench
from tests.events.listening import serving
from tests.security.test_other_users import what_is_theirs
from tests.security.two_users import TUS

SNAPSHOT = {
    "cache-control": "no-store",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
}
SAFETY = re.compile("cache-control|content-security|cross-origin|permissions-policy|referrer|x-content|x-frame|access-")
"""Names of headers that make an answer safe or that open it."""

REVALIDATED = SNAPSHOT | {"cache-control": "private, no-cache"}
"""Of what has an ETag and is its owner's."""

ENDING = {("post", "/v1/auth/logout"), ("delete", "/v1/users/me")}
"""What ends the session of whoever asks: asked last."""


class Answer(Protocol):
    """Of any client."""

    @property
    def headers(self) -> Mapping[str, str]: ...


def safety(answer: Answer) -> dict[str, str]:
    return {name: value for name, value in answer.headers.items() if SAFETY.match(name)}


@pytest.mark.timeout(120)
def test_every_operation_carries_them_whatever_it_answers(client: TestClient, bench: Bench) -> None:
    me, ids = what_is_theirs(client, bench)
    other = register(client, "other")
    seen: set[int] = set()
    paths = client.get("/openapi.json").json()["paths"]
    operations = [(method, path) for path, calls in paths.items() for method in calls]
    for method, path in sorted(operations, key=lambda one: one in ENDING):
        url = path.replace("{kind}", "srt").replace("{name}", "lecture").format(**ids)
        askers = [{}, {"Origin": "https://evil.example"}, other.headers]
        for headers in [*askers, me.headers] if method in {"get", "head"} else askers:
            answer = client.request(method, url, headers=TUS | headers)
            assert safety(answer) in (SNAPSHOT, REVALIDATED), (method, path, answer.status_code)
            assert safety(answer) == SNAPSHOT or answer.status_code < 400, (method, path)
            seen.add(answer.status_code)
    assert {200, 204, 401, 404, 422} <= seen
    assert safety(client.get(f"/v1/recordings/{ids['recording_id']}/audio", headers=me.headers)) == REVALIDATED


@pytest.mark.parametrize("path", ["/nowhere", "/v1/nowhere", "/v1/notes/%00", "/assets/nothing.js", "/metrics"])
def test_and_so_does_what_is_no_route(client: TestClient, path: str) -> None:
    for method in ("GET", "POST", "PROPFIND", "TRACE"):
        answer = client.request(method, path, headers={"Origin": "https://evil.example"})
        assert answer.status_code >= 400
        assert safety(answer) == SNAPSHOT


@pytest.mark.usefixtures("valkey")
def test_events_carry_them_before_anything_has_happened(parts: Parts, redis_url: str) -> None:
    settings = parts.settings.model_copy(update={"redis_url": SecretStr(redis_url)})
    with serving(replace(parts, settings=settings)) as api, api.register().stream() as stream:
        assert stream.response.headers["content-type"].startswith("text/event-stream")
        assert safety(stream.response) == SNAPSHOT
