"""Who may listen: a token that counts, said in time and never in a URL, from a page that may ask."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import httpx
import pytest
from sqlalchemy import select
from websockets.exceptions import ConnectionClosed, InvalidStatus

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.accounts.tokens import AccessTokens, Claims
from ai_conspects.core.clock import now
from ai_conspects.core.settings import EventSettings, Settings
from ai_conspects.events import socket as socket_module
from ai_conspects.models import AuthSession
from tests.events.listening import Listening, Serving, serving


@pytest.fixture
def user(api: Serving) -> Listening:
    return api.register()


def get(user: Listening, **headers: str) -> httpx.Response:
    return httpx.get(f"{user.api.url}/v1/events", headers=headers, trust_env=False)


@contextmanager
def closed_with(code: int) -> Iterator[None]:
    with pytest.raises(ConnectionClosed) as closed:
        yield
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == code


@pytest.mark.parametrize("authorization", [None, "Bearer x", "Bearer", "Basic eDp5"])
def test_a_stream_needs_a_token_that_counts(user: Listening, authorization: str | None) -> None:
    answer = get(user, **({"Authorization": authorization} if authorization else {}))
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")


def test_a_token_in_the_url_counts_for_nothing(user: Listening) -> None:
    for name in ("token", "access_token", "authorization"):
        answer = httpx.get(f"{user.api.url}/v1/events", params={name: user.token}, trust_env=False)
        assert answer.status_code == 401


def test_a_socket_says_who_it_is_in_its_first_message(user: Listening) -> None:
    with user.socket() as socket:
        assert json.loads(socket.recv(timeout=10))["type"] == "hello"
        user.happens(1)
        told = json.loads(socket.recv(timeout=10))
    assert (told["type"], told["data"]) == ("recording.step", {"number": 1})
    with user.socket(since="0-0", batch_id="c") as again:
        user.happens(2, batch_id="c")
        assert [json.loads(again.recv(timeout=10))["type"] for _ in range(2)] == ["hello", "recording.step"]


def test_or_by_subprotocol_as_browsers_can(user: Listening) -> None:
    with user.silent_socket(subprotocols=["ai-conspects.v1", f"bearer.{user.token}"]) as socket:
        assert socket.subprotocol == "ai-conspects.v1"  # and never the token, which would be repeated in a header
        assert json.loads(socket.recv(timeout=10))["type"] == "hello"


def test_or_by_header_as_programs_can(user: Listening) -> None:
    with user.silent_socket(additional_headers=user.headers) as socket:
        assert json.loads(socket.recv(timeout=10))["type"] == "hello"


@pytest.mark.parametrize("token", ["x", "", "a.b.c"])
def test_a_socket_with_a_bad_token_is_closed(user: Listening, token: str) -> None:
    with user.silent_socket() as socket, closed_with(4401):
        socket.send(json.dumps({"type": "auth", "token": token}))
        socket.recv(timeout=10)


@pytest.mark.parametrize("message", ["", "[]", "{", '{"type":"auth"}', '{"type":"x","token":"x"}', "[" * 5_000])
def test_a_socket_that_talks_nonsense_is_closed(user: Listening, message: str) -> None:
    with user.silent_socket() as socket, closed_with(4400):
        socket.send(message)
        socket.recv(timeout=10)


def test_a_socket_that_says_too_much_is_closed(user: Listening) -> None:
    with user.silent_socket() as socket, closed_with(1009):
        socket.send("x" * 100_000)
        socket.recv(timeout=10)


def test_a_socket_that_says_nothing_is_closed_soon(user: Listening, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket_module, "FIRST_WORD_S", 0.2)
    with user.silent_socket() as socket, closed_with(4408):
        socket.recv(timeout=10)


def test_a_web_page_of_elsewhere_may_not_listen(parts: Parts) -> None:
    allowing = parts.settings.model_copy(update={"events": EventSettings(origins="https://app.example, http://x:1/")})
    with serving(replace(parts, settings=allowing)) as api:
        user = api.register()
        for origin in ("https://evil.example", "null", "https://app.example.evil", api.url + ".evil"):
            with pytest.raises(InvalidStatus, match="403"), user.silent_socket(origin=origin):
                pass
            assert get(user, **user.headers, Origin=origin).json()["code"] == "foreign_origin"
        for origin in ("https://app.example", "http://x:1", api.url):
            with user.silent_socket(origin=origin, additional_headers=user.headers) as socket:
                assert json.loads(socket.recv(timeout=10))["type"] == "hello"


def test_logging_out_ends_what_listens_at_once(user: Listening) -> None:
    with user.stream() as stream, user.socket() as socket:
        stream.next()
        socket.recv(timeout=10)
        started = time.monotonic()
        answer = httpx.post(f"{user.api.url}/v1/auth/logout", headers=user.headers, trust_env=False)
        assert answer.status_code == 204
        with pytest.raises(EOFError):
            stream.next()
        with closed_with(4401):
            socket.recv(timeout=10)
        assert time.monotonic() - started < 5  # not only at the next look at everybody
    assert get(user, **user.headers).status_code == 401


def test_a_session_that_was_ended_without_a_word_is_found(parts: Parts) -> None:
    quick = parts.settings.model_copy(update={"events": EventSettings(heartbeat_s=0.2)})
    with serving(replace(parts, settings=quick)) as api:
        user = api.register()
        with user.socket() as socket:
            socket.recv(timeout=10)
            with parts.database.transaction(as_system="a test") as session:
                for row in session.scalars(select(AuthSession).where(AuthSession.user_id == user.user_id)):
                    row.revoked_at = now()
            with closed_with(4401):
                while True:
                    socket.recv(timeout=10)


def test_a_listener_goes_with_its_token_unless_it_brings_a_fresh_one(user: Listening, settings: Settings) -> None:
    old, fresh = (_token(user, settings, lives_s) for lives_s in (2, 300))
    with user.socket(token=old) as ends, user.socket(token=old) as stays:
        ends.recv(timeout=10)
        stays.recv(timeout=10)
        stays.send(json.dumps({"type": "auth", "token": fresh}))
        with closed_with(4401):
            ends.recv(timeout=10)
        user.happens(1, 1)
        said = [json.loads(stays.recv(timeout=10)) for _ in range(2)]  # a sign of life at the old token's end is none
    assert {"number": 1} in [told.get("data") for told in said]


def test_another_users_token_cant_take_over_a_socket(api: Serving, user: Listening) -> None:
    other = api.register()
    for _ in range(20):  # while the server still opens the feed, or after: a cancellation then was lost once
        with user.socket() as socket, closed_with(4401):
            socket.send(json.dumps({"type": "auth", "token": other.token}))
            while True:
                socket.recv(timeout=10)


def test_so_many_listeners_and_no_more(parts: Parts) -> None:
    few = parts.settings.model_copy(update={"events": EventSettings(max_connections=3, max_connections_per_user=2)})
    with serving(replace(parts, settings=few)) as api:
        user, other = api.register(), api.register()
        with user.stream() as one, user.socket() as two:
            one.next()
            two.recv(timeout=10)
            refused = get(user, **user.headers)
            assert (refused.status_code, refused.json()["code"]) == (503, "too_many_listeners")
            with other.stream() as theirs:
                theirs.next()
                assert get(other, **other.headers).status_code == 503
        with user.stream() as free_again:
            free_again.next()


def test_without_redis_there_are_no_events_and_it_is_said(parts: Parts, settings: Settings) -> None:
    settings.redis_url = type(settings.redis_url)("")
    from fastapi.testclient import TestClient

    from ai_conspects.main import create_app

    with TestClient(create_app(parts)) as client:
        token = client.post("/v1/auth/register?device_id=d").json()["access_token"]
        answer = client.get("/v1/events", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["code"]) == (503, "events_unavailable")


def _token(user: Listening, settings: Settings, lives_s: int) -> str:
    with user.api.parts.database.transaction(as_system="a test") as session:
        session_id = session.scalars(select(AuthSession.id).where(AuthSession.user_id == user.user_id)).one()
    tokens = AccessTokens(settings.jwt_secret_key.get_secret_value(), lives_s)
    return tokens.issue(Claims(user.user_id, session_id, 0), now())
