"""Where one is logged in: seen and ended by its owner alone."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

from fastapi.testclient import TestClient
from sqlalchemy import update

from ai_conspects.core.clock import now
from ai_conspects.core.db import Database
from ai_conspects.models import AuthSession
from tests.accounts.devices import Device, register


def listed(client: TestClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    answer = client.get("/v1/users/me/sessions", headers=headers)
    assert answer.status_code == 200
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def log_in(client: TestClient, device: Device, program: bytes) -> dict[str, str]:
    sent = {"device_id": device.device_id, "device_secret": device.secret}
    given = client.post("/v1/auth/login", json=sent, headers={b"User-Agent": program}).json()
    return {"Authorization": f"Bearer {given['access_token']}"}


def test_every_login_is_listed_with_the_program_behind_it(client: TestClient) -> None:
    device = register(client)
    phone = log_in(client, device, b"Conspects\x07/1.0 (iPhone)")

    first, second = listed(client, phone)
    assert (first["is_current"], second["is_current"]) == (True, False)
    assert first["client"] == "Conspects/1.0 (iPhone)"
    assert second["client"] == "testclient"


def test_ending_one_shuts_it_out_at_once_and_leaves_the_others(client: TestClient) -> None:
    device = register(client)
    phone = log_in(client, device, b"phone")
    mine = next(one for one in listed(client, phone) if one["is_current"])

    assert client.delete(f"/v1/users/me/sessions/{mine['id']}", headers=device.headers).status_code == 204
    assert client.get("/v1/users/me", headers=phone).status_code == 401
    assert [one["is_current"] for one in listed(client, device.headers)] == [True]


def test_a_strangers_session_is_as_one_that_never_was(client: TestClient) -> None:
    one, other = register(client), register(client, "device-2")
    theirs = listed(client, other.headers)[0]["id"]

    for wanted in (theirs, uuid4()):
        answer = client.delete(f"/v1/users/me/sessions/{wanted}", headers=one.headers)
        assert (answer.status_code, answer.json()["code"]) == (404, "session_not_found")
    assert len(listed(client, other.headers)) == 1


def test_a_session_too_old_to_be_refreshed_is_not_listed(client: TestClient, database: Database) -> None:
    device = register(client)
    idle = log_in(client, device, b"old")
    with database.transaction(as_system="a test") as session:
        old = update(AuthSession).where(AuthSession.client == "old")
        session.execute(old.values(last_used_at=now() - timedelta(days=31)))

    assert [one["client"] for one in listed(client, idle)] == ["testclient"]
