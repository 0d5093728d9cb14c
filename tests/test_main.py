"""The frame around every route: the shape of errors, request ids, headers, and what never gets into a log."""

import logging
from collections.abc import Iterator
from itertools import product
from typing import Annotated, Any

import pytest
from fastapi import Body, FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.requests import ClientDisconnect
from starlette.websockets import WebSocketDisconnect
from structlog.contextvars import merge_contextvars
from structlog.testing import capture_logs

from ai_conspects.accounts.dependencies import CurrentUser, Parts, UnknownSessionDep
from ai_conspects.core.db import connect
from ai_conspects.core.errors import ConfigurationError, Conflict, FieldError, TooLarge, Unavailable, Unprocessable
from ai_conspects.core.ids import uuid7
from ai_conspects.core.in_one_thread import InOneThread
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.main import create_app
from ai_conspects.models import User
from tests.accounts.devices import register

CANARY = "canary-7f3a"

RAISED: dict[str, Exception] = {
    "conflict": Conflict("Two of them."),
    "too-large": TooLarge("Over 1 MiB."),
    "fields": Unprocessable("One is wrong.", errors=(FieldError(("recordings", 0, "id"), "is doubled"),)),
    "away": Unavailable("The store is away.", retry_after=1.2),
    "engine-away": EngineUnavailable("openai", "The language engine is busy.", retry_after=7),
    "engine-away-without-a-time": EngineUnavailable("openai", "The language engine is busy."),
    "engine-misconfigured": EngineMisconfigured("openai", "OPENAI_API_KEY is wrong."),
    "engine-rejected": EngineRejected("openai", "Too long for this model.", code="context_too_long"),
    "pool": PoolTimeout(f"pool of {CANARY}"),
    "bug": RuntimeError(CANARY),
    "client-gone": ClientDisconnect(),
}


def _raise(name: str) -> None:
    raise RAISED[name]


def _with_routes(app: FastAPI) -> FastAPI:
    """Routes that go wrong in every way there is."""

    app.router.route_class = InOneThread

    @app.get("/raise/{name}")
    def failing(name: str) -> None:
        _raise(name)

    @app.get("/late/{name}")
    def failing_late(name: str, session: UnknownSessionDep) -> None:
        enqueue(session, Job("late", "audio", uuid7()))
        session.add(User(device_id="late"))
        session.flush()
        _raise(name)

    @app.get("/row")
    def adding(session: UnknownSessionDep) -> None:
        session.add(User(device_id="row"))
        enqueue(session, Job("row", "audio", uuid7()))

    @app.get("/deferred")
    def failing_at_commit(session: UnknownSessionDep) -> str:
        session.execute(text("CREATE TEMP TABLE t (i int UNIQUE DEFERRABLE INITIALLY DEFERRED)"))
        session.execute(text("INSERT INTO t VALUES (1), (1)"))
        return "done"

    @app.post("/stored")
    def storing(body: Annotated[dict[str, Any], Body()], session: UnknownSessionDep) -> None:
        session.add(User(device_id=str(uuid7()), settings=body))
        session.flush()

    @app.get("/number/{number}")
    def numbering(number: int, session: UnknownSessionDep) -> None:
        session.execute(text("SELECT CAST(:n AS bigint)"), {"n": str(number)})

    @app.get("/mine")
    def mine(user: CurrentUser) -> str:
        return str(user.id)

    return app


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(_with_routes(create_app(parts))) as opened:
        yield opened


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/raise/conflict", 409, "conflict"),
        ("/raise/too-large", 413, "too_large"),
        ("/raise/fields", 422, "validation_error"),
        ("/raise/away", 503, "unavailable"),
        ("/raise/engine-away", 503, "engine_unavailable"),
        ("/raise/engine-misconfigured", 503, "engine_misconfigured"),
        ("/raise/engine-rejected", 502, "context_too_long"),
        ("/raise/pool", 503, "database_unavailable"),
        ("/raise/bug", 500, "internal_error"),
        ("/nowhere", 404, "not_found"),
        ("/v1/auth/register", 405, "method_not_allowed"),
        ("/v1/health/live/", 404, "not_found"),
        ("/number/x", 422, "validation_error"),
        ("/deferred", 500, "internal_error"),
    ],
)
def test_every_error_is_a_problem(client: TestClient, path: str, status: int, code: str) -> None:
    answer = client.get(path, headers={"X-Request-ID": "r-1"})

    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    body = answer.json()
    assert (body["status"], body["code"], body["request_id"], body["type"]) == (status, code, "r-1", "about:blank")
    assert body["title"]
    assert body["detail"]
    assert CANARY not in answer.text


def test_a_field_error_names_its_place(client: TestClient) -> None:
    ours, pydantics = client.get("/raise/fields").json(), client.get("/number/x").json()

    assert ours["errors"] == [{"loc": ["recordings", 0, "id"], "msg": "is doubled"}]
    assert pydantics["errors"][0]["loc"] == ["path", "number"]
    assert set(pydantics["errors"][0]) == {"loc", "msg"}


@pytest.mark.parametrize(
    ("name", "seconds"), [("away", "2"), ("engine-away", "7"), ("engine-away-without-a-time", "5"), ("pool", "5")]
)
def test_a_503_says_when_to_come_back(client: TestClient, name: str, seconds: str) -> None:
    assert client.get(f"/raise/{name}").headers["Retry-After"] == seconds


def test_a_wrong_method_names_the_right_one(client: TestClient) -> None:
    assert client.get("/v1/auth/register").headers["Allow"] == "POST"


def test_a_database_that_is_away_is_a_503(parts: Parts) -> None:
    nowhere = connect("postgresql://nobody@/nothing?host=/nonexistent", ring=lambda _: None)
    app = create_app(Parts(parts.settings, nowhere, parts.store, parts.language_model, parts.embeddings))
    with TestClient(app) as client:
        answer = client.post("/v1/auth/register?device_id=device-1")

    assert (answer.status_code, answer.json()["code"]) == (503, "database_unavailable")
    assert answer.headers["Retry-After"] == "5"
    assert "nonexistent" not in answer.text


def test_jobs_ring_after_the_commit_and_before_the_reply(client: TestClient, rung: list[Job]) -> None:
    assert client.get("/row").status_code == 200

    assert [job.name for job in rung] == ["row"]


def test_a_route_that_fails_leaves_neither_rows_nor_jobs(client: TestClient, parts: Parts, rung: list[Job]) -> None:
    assert client.get("/late/conflict").status_code == 409

    assert rung == []
    with parts.database.transaction(as_system="a test") as session:
        assert session.query(User).count() == 0


HOSTILE_BODIES = [
    b'{"a": "\\u0000"}',
    b'{"\\u0000": 1}',
    b'{"a": "\\ud800"}',
    b'{"\\ud800": "\\udfff"}',
    b'{"a": NaN}',
    b'{"a": 1e999}',
    b'{"a": ' + b"9" * 5000 + b"}",
    b'{"a": ' + b"9" * 200 + b"}",
    b"[" * 100_000,
    b'{"a":' * 20_000,
    b"\xff\xfe",
    b"null",
    b"",
    b'{"device_id": {"\\ud800": 1}}',
    b'{"\\ud800": 1, "device_id": "d"}',
    b'{"device_id": 99999999999999999999999999}',
    b'{"refresh_token": "\\ud800"}',
    b'{"refresh_token": "\\u0000"}',
    b'{"device_id": "d", "device_secret": "\\ud800"}',
    b'{"device_id": "d", "device_secret": "\\u0000"}',
]


@pytest.mark.parametrize("path", ["/stored", "/v1/auth/register", "/v1/auth/login", "/v1/auth/refresh"])
def test_no_body_makes_a_5xx(client: TestClient, path: str) -> None:
    for body, kind in product(HOSTILE_BODIES, ("application/json", "text/plain")):
        answer = client.post(path, content=body, headers={"Content-Type": kind})
        assert answer.status_code < 500, (body[:40], answer.text)
        answer.json()


HOSTILE_URLS = [
    "/v1/auth/register?device_id=%00",
    "/v1/auth/register?device_id=a%00b",
    "/v1/auth/login?device_id=%ed%a0%80",
    "/v1/auth/login?device_id=%ff",
    "/v1/auth/login?%00=1",
    "/v1/%00",
    "/number/" + "9" * 5000,
    "/number/" + "9" * 100,
    "/number/%D9%A1",
]


def test_no_url_makes_a_5xx(client: TestClient) -> None:
    for path, method in product(HOSTILE_URLS, ("GET", "POST")):
        answer = client.request(method, path)
        assert answer.status_code < 500, answer.text


def test_no_authorization_makes_a_5xx(client: TestClient) -> None:
    for value in (b"Bearer \xff", b"Bearer \xd0\xb9", b"Device \xff", b"Bearer " + b"a" * 20_000, b"\x80"):
        headers = [(b"Authorization", value)]
        assert client.get("/mine", headers=headers).status_code == 401
        assert client.post("/v1/auth/login?device_id=d", headers=headers).status_code == 401


def test_a_request_id_is_taken_or_made(client: TestClient) -> None:
    assert (
        client.get("/v1/health/live", headers={"X-Request-ID": "Mobile.7_a-b"}).headers["X-Request-ID"]
        == "Mobile.7_a-b"
    )
    made = [client.get("/v1/health/live").headers["X-Request-ID"] for _ in range(2)]
    assert len(set(made)) == 2


@pytest.mark.parametrize("given", ["", "a b", "a" * 129, "<script>", 'a"b', "a\tb"])
def test_a_request_id_that_could_do_harm_is_replaced(client: TestClient, given: str) -> None:
    assert client.get("/nowhere", headers={"X-Request-ID": given}).json()["request_id"] != given


def test_each_request_is_one_line_in_the_log_with_its_route_and_no_values(client: TestClient) -> None:
    with capture_logs(processors=[merge_contextvars]) as logs:
        client.get(f"/number/x{CANARY}?secret={CANARY}", headers={"X-Request-ID": "r-1"})
        client.get(f"/{CANARY}")
        client.get("/v1/health/live")

    lines = [line for line in logs if line["event"] == "http.request"]
    assert [line["route"] for line in lines] == ["/number/{number}", "-", "/v1/health/live"]
    assert [line["status"] for line in lines] == [422, 404, 200]
    assert lines[0]["request_id"] == "r-1"
    assert set(lines[0]) == {"event", "log_level", "method", "route", "status", "ms", "request_id"}
    assert CANARY not in repr(logs)


def test_each_socket_is_one_line_in_the_log_when_it_is_over(client: TestClient) -> None:
    with (
        capture_logs(processors=[merge_contextvars]) as logs,
        pytest.raises(WebSocketDisconnect),
        client.websocket_connect(f"/v1/events?since={CANARY}"),
    ):
        pass
    (line,) = [line for line in logs if line["event"] == "socket.ended"]
    assert set(line) == {"event", "log_level", "route", "code", "s", "request_id"}
    assert line["code"] == 1000
    assert CANARY not in repr(logs)


def test_a_bug_is_logged_with_its_place_and_request_but_without_its_words(client: TestClient) -> None:
    with capture_logs(processors=[merge_contextvars]) as logs:
        answer = client.get("/raise/bug")

    failed = next(line for line in logs if line["event"] == "http.failed")
    assert failed["error"] == "RuntimeError"
    assert failed["request_id"] == answer.json()["request_id"]
    assert any("test_main.py" in place for place in failed["where"])
    assert CANARY not in repr(logs)


def test_a_client_that_hangs_up_is_no_error_of_ours(client: TestClient) -> None:
    with capture_logs() as logs, pytest.raises(AssertionError):  # the test client misses its answer
        client.get("/raise/client-gone")

    assert [(line["event"], line.get("status")) for line in logs] == [("http.request", 499)]


@pytest.mark.parametrize("path", ["/v1/health/live", "/nowhere", "/raise/bug"])
def test_every_answer_carries_the_headers_of_safety(client: TestClient, path: str) -> None:
    headers = client.get(path).headers

    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Request-ID"]


def test_secrets_never_get_into_a_log(client: TestClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, logger="sqlalchemy")
    caplog.set_level(logging.DEBUG, logger="ai_conspects")
    logging.getLogger("sqlalchemy").setLevel(logging.WARNING)  # an operator's level; DEBUG prints rows by design
    with capture_logs() as logs:
        device = register(client, CANARY)
        sent = {"device_id": CANARY, "device_secret": device.secret}
        client.post("/v1/auth/login", json=sent)
        client.post("/v1/auth/login", json=sent | {"device_secret": CANARY})
        client.post("/v1/auth/register", json=sent | {"device_secret": CANARY})
        client.post("/v1/auth/refresh", json={"refresh_token": device.refresh_token})
        client.get("/mine", headers=device.headers)
        client.get("/mine", headers={"Authorization": f"Bearer {CANARY}"})

    said = repr(logs) + caplog.text
    for secret in (CANARY, device.secret, device.access_token, device.refresh_token):
        assert secret not in said


def test_the_api_describes_its_errors(client: TestClient) -> None:
    described = client.get("/openapi.json").json()

    register_call = described["paths"]["/v1/auth/register"]["post"]["responses"]
    assert {"200", "409", "422", "503"} <= set(register_call)
    assert "Problem" in described["components"]["schemas"]
    assert "HTTPValidationError" not in described["components"]["schemas"]


@pytest.mark.parametrize("missing", ["DATABASE_URL", "REDIS_URL", "JWT_SECRET_KEY"])
def test_the_server_refuses_to_start_without_what_it_needs(
    monkeypatch: pytest.MonkeyPatch, missing: str, database_url: str
) -> None:
    given = {"DATABASE_URL": database_url, "REDIS_URL": "redis://localhost:1/0", "JWT_SECRET_KEY": CANARY * 4}
    for name, value in given.items():
        monkeypatch.setenv(name, "" if name == missing else value)
    monkeypatch.delenv("CELERY_BROKER_URL", raising=False)

    with pytest.raises(ConfigurationError, match=missing):
        create_app()
