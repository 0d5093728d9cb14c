"""Limits as a client meets them: headers, 429, by user and by address."""

import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.rate_limits import address_of
from ai_conspects.core.settings import RateSettings, Settings
from ai_conspects.main import create_app
from tests.accounts.devices import register

RATE = RateSettings(api_per_minute=4, auth_per_minute=3, submit_per_minute=2, chat_per_minute=1)


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"rate": RATE})


def test_a_user_is_told_what_is_left_and_then_refused(client: TestClient) -> None:
    device = register(client)
    for left in (3, 2, 1, 0):
        answer = client.get("/v1/users/me", headers=device.headers)
        assert answer.status_code == 200
        assert answer.headers["RateLimit-Policy"] == '"api";q=4;w=60'
        assert answer.headers["RateLimit"].startswith(f'"api";r={left};t=')

    refused = client.get("/v1/users/me", headers=device.headers)
    assert refused.status_code == 429
    assert refused.headers["Content-Type"] == "application/problem+json"
    assert refused.json()["code"] == "too_many_requests"
    assert refused.json()["request_id"] == refused.headers["X-Request-ID"]
    assert 1 <= int(refused.headers["Retry-After"]) <= 15


def test_one_users_haste_is_not_anothers(client: TestClient) -> None:
    hasty, calm = register(client), register(client, "device-2")
    for _ in range(5):
        last = client.get("/v1/users/me", headers=hasty.headers)
    assert last.status_code == 429
    assert client.get("/v1/users/me", headers=calm.headers).status_code == 200


def test_a_token_that_is_not_ours_counts_for_its_address(client: TestClient) -> None:
    statuses = [client.get("/v1/users/me", headers={"Authorization": f"Bearer {at}"}).status_code for at in range(5)]
    assert statuses == [401, 401, 401, 401, 429]


def test_logins_are_counted_by_address_whatever_is_claimed(client: TestClient) -> None:
    told = [
        client.post(f"/v1/auth/login?device_id=d{at}", headers={"X-Forwarded-For": f"10.0.0.{at}"}).status_code
        for at in range(4)
    ]
    assert told == [401, 401, 401, 429]


def test_questions_have_a_limit_of_their_own(client: TestClient) -> None:
    device = register(client)
    asked = [
        client.post("/v1/chat/query", json={"message": "why?"}, headers=device.headers).status_code for _ in range(2)
    ]
    assert asked == [200, 429]
    assert client.get("/v1/users/me", headers=device.headers).status_code == 200


def test_a_refused_submit_is_not_read(client: TestClient) -> None:
    device = register(client)

    for _ in range(2):
        client.post("/v1/batches/submit", content=b"{}", headers=device.headers)
    refused = client.post("/v1/batches/submit", content=b"{" * 10, headers=device.headers)
    assert refused.status_code == 429


def test_health_is_never_limited(client: TestClient) -> None:
    assert {client.get("/v1/health/live").status_code for _ in range(9)} == {200}


def test_a_limit_of_zero_is_none(parts: Parts, settings: Settings) -> None:
    free = settings.model_copy(update={"rate": RateSettings(api_per_minute=0, auth_per_minute=0)})
    unlimited = Parts(free, parts.database, parts.store, parts.language_model, parts.embeddings)
    with TestClient(create_app(unlimited)) as client:
        answers = [client.post("/v1/auth/login?device_id=x") for _ in range(9)]
    assert {answer.status_code for answer in answers} == {401}
    assert "RateLimit" not in answers[-1].headers


@pytest.mark.parametrize(
    ("host", "counted"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("testclient", "testclient"),
    ],
)
def test_an_address_is_what_one_household_has(host: str, counted: str) -> None:
    assert address_of({"client": (host, 1)}) == counted


def test_a_client_without_an_address_has_a_name() -> None:
    assert address_of({"client": None}) == "unknown"
