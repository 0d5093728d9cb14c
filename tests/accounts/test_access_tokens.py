"""Access tokens: what is asked of one, and what ends it."""

import base64
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event, update

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.accounts.errors import InvalidToken, NotAuthenticated, TokenExpired
from ai_conspects.accounts.tokens import AccessTokens, Claims, WeakKeyError, new_secret
from ai_conspects.core.clock import now
from ai_conspects.core.db import Database
from ai_conspects.core.settings import Settings
from ai_conspects.main import create_app
from ai_conspects.models import AuthSession, User
from tests.accounts.devices import register

KEY = new_secret()
CLAIMS = Claims(uuid4(), uuid4(), 3)
TOKENS = AccessTokens(KEY, 900)


def test_a_token_says_what_it_was_given() -> None:
    assert TOKENS.read(TOKENS.issue(CLAIMS, now())) == CLAIMS


def test_two_tokens_for_the_same_login_differ() -> None:
    moment = now()
    assert TOKENS.issue(CLAIMS, moment) != TOKENS.issue(CLAIMS, moment)


def good() -> dict[str, Any]:
    payload: dict[str, Any] = jwt.decode(TOKENS.issue(CLAIMS, now()), options={"verify_signature": False})
    return payload


def signed(payload: dict[str, Any], key: str = KEY, algorithm: str = "HS256", **header: Any) -> str:
    return jwt.encode(payload, key, algorithm=algorithm, headers={"typ": "at+jwt", **header})


def unsigned(payload: dict[str, Any], algorithm: str) -> str:
    parts = [json.dumps({"alg": algorithm, "typ": "at+jwt"}).encode(), json.dumps(payload).encode(), b""]
    return ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)


def without(claim: str) -> dict[str, Any]:
    return {name: value for name, value in good().items() if name != claim}


FORGERIES: dict[str, Callable[[], str]] = {
    "no token at all": lambda: "nonsense",
    "not signed": lambda: unsigned(good(), "none"),
    "not signed, spelt otherwise": lambda: unsigned(good(), "nOnE"),
    "another key": lambda: signed(good(), new_secret()),
    "another algorithm": lambda: signed(good(), KEY + KEY, algorithm="HS512"),
    "the right key by another algorithm": lambda: signed(good() | {"x": 1}, KEY * 2, algorithm="HS384"),
    "a key id": lambda: signed(good(), kid="../../dev/null"),
    "a key address": lambda: signed(good(), jku="https://evil.example/keys"),
    "an unknown critical extension": lambda: signed(good(), crit=["x"], x=1),
    "another type": lambda: signed(good(), typ="JWT"),
    "no type": lambda: signed(good(), typ=None),
    "another audience": lambda: signed(good() | {"aud": "other"}),
    "another issuer": lambda: signed(good() | {"iss": "other"}),
    "issued tomorrow": lambda: signed(good() | {"iat": now() + timedelta(days=1), "exp": now() + timedelta(days=2)}),
    "a subject that is no id": lambda: signed(good() | {"sub": "admin"}),
    "a session that is no id": lambda: signed(good() | {"sid": "1"}),
    "a version that is no number": lambda: signed(good() | {"ver": "3"}),
    "a version that is true": lambda: signed(good() | {"ver": True}),
    "an endless date": lambda: signed(good() | {"exp": float("inf")}),
    "a date in words": lambda: signed(good() | {"exp": "tomorrow"}),
    "a surrogate": lambda: "eyJ\udc80",
    "not ASCII": lambda: "йцу.кен.гшщ",
} | {f"no {claim}": lambda claim=claim: signed(without(claim)) for claim in good()}


@pytest.mark.parametrize("forgery", FORGERIES)
def test_a_forged_token_is_refused(forgery: str) -> None:
    with pytest.raises(InvalidToken):
        TOKENS.read(FORGERIES[forgery]())


def test_an_old_token_is_told_from_a_wrong_one() -> None:
    with pytest.raises(TokenExpired):
        TOKENS.read(TOKENS.issue(CLAIMS, now() - timedelta(seconds=906)))


@pytest.mark.parametrize("nothing", [None, ""])
def test_a_missing_token_is_told_from_a_wrong_one(nothing: str | None) -> None:
    with pytest.raises(NotAuthenticated):
        TOKENS.read(nothing)


@pytest.mark.parametrize(
    "key", ["", "short", "your_jwt_secret", "your_jwt_secret_your_jwt_secret_your_jwt_secret", "a" * 64, "1234" * 16]
)
def test_the_server_refuses_to_start_with_a_key_that_could_be_guessed(parts: Parts, key: str) -> None:
    settings = parts.settings.model_copy(update={"jwt_secret_key": Settings(jwt_secret_key=key).jwt_secret_key})

    with pytest.raises(WeakKeyError, match="JWT_SECRET_KEY"):
        create_app(Parts(settings, parts.database, parts.store, parts.language_model, parts.embeddings))


def test_without_a_token_the_answer_is_a_bare_challenge(client: TestClient) -> None:
    for headers in ({}, {"Authorization": "Basic YTpi"}, {"Authorization": "Bearer "}):
        answer = client.post("/v1/auth/logout", headers=headers)

        assert answer.status_code == 401
        assert answer.json()["code"] == "unauthorized"
        assert answer.headers["WWW-Authenticate"] == 'Bearer realm="ai-conspects"'


def test_an_expired_token_says_that_it_expired(client: TestClient, settings: Settings) -> None:
    device = register(client)
    payload = jwt.decode(device.access_token, options={"verify_signature": False})
    old = signed(payload | {"exp": now() - timedelta(minutes=1)}, settings.jwt_secret_key.get_secret_value())

    answer = client.post("/v1/auth/logout", headers={"Authorization": f"Bearer {old}"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_expired"
    assert 'error="invalid_token"' in answer.headers["WWW-Authenticate"]


def test_a_token_of_another_key_is_refused(client: TestClient) -> None:
    token = AccessTokens(new_secret(), 900).issue(CLAIMS, now())

    answer = client.post("/v1/auth/logout", headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code == 401
    assert answer.json()["code"] == "invalid_token"


def test_logging_out_ends_the_token_at_once(client: TestClient) -> None:
    device = register(client)

    assert client.post("/v1/auth/logout", headers=device.headers).status_code == 204
    assert client.post("/v1/auth/logout", headers=device.headers).status_code == 401
    assert client.post("/v1/auth/refresh", json={"refresh_token": device.refresh_token}).status_code == 401


def test_logging_out_leaves_other_sessions_their_refresh_token(client: TestClient) -> None:
    device = register(client)
    sent = {"device_id": "device-1", "device_secret": device.secret}
    other = client.post("/v1/auth/login", json=sent).json()
    client.post("/v1/auth/logout", headers=device.headers)

    fresh = client.post("/v1/auth/refresh", json={"refresh_token": other["refresh_token"]})

    assert fresh.status_code == 200
    bearer = {"Authorization": f"Bearer {fresh.json()['access_token']}"}
    assert client.post("/v1/auth/logout", headers=bearer).status_code == 204


def test_a_revoked_session_and_a_raised_version_end_the_token(client: TestClient, database: Database) -> None:
    ends = {
        "revoked": update(AuthSession).values(revoked_at=now()),
        "version": update(User).values(token_version=User.token_version + 1),
        "closed": update(User).values(is_active=False),
    }
    for device_id, end in ends.items():
        device = register(client, device_id)
        with database.transaction(as_system="a test") as session:
            session.execute(end)
        answer = client.post("/v1/auth/logout", headers=device.headers)
        assert (answer.status_code, answer.json()["code"]) == (401, "invalid_token")


def test_a_caller_is_checked_by_the_statement_that_sets_the_scope(client: TestClient, database: Database) -> None:
    device = register(client)
    statements: list[str] = []

    def note(_c: object, _k: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(database.engine, "before_cursor_execute", note)
    client.post("/v1/auth/logout", headers=device.headers)

    assert [statement.split()[0] for statement in statements] == ["SELECT", "UPDATE", "UPDATE"]
    assert "set_config" in statements[0]
