"""Who gets in, and by what proof."""

import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select, update

from ai_conspects.accounts.tokens import new_secret
from ai_conspects.core.db import Database
from ai_conspects.models import DeviceCredential, User
from tests.accounts.devices import register


def test_a_device_registers_as_the_protocol_writes_it(client: TestClient) -> None:
    answer = client.post("/v1/auth/register?device_id=unique-device-identifier")

    assert answer.status_code == 200
    assert set(answer.json()) == {
        "access_token", "token_type", "user_id", "expires_in", "refresh_token", "device_secret",
    }  # fmt: skip
    assert answer.json()["token_type"] == "bearer"
    assert answer.json()["expires_in"] == 900
    assert len(answer.json()["device_secret"]) == 43  # 256 bits in base64url
    assert "Deprecation" not in answer.headers


def test_a_device_registers_by_json(client: TestClient) -> None:
    answer = client.post("/v1/auth/register", json={"device_id": "device-1"})

    assert answer.status_code == 200
    assert answer.json()["device_secret"]


def test_secrets_are_stored_as_hashes_only(client: TestClient, database: Database) -> None:
    device = register(client)

    with database.transaction(as_system="a test") as session:
        stored = session.scalars(select(DeviceCredential.secret_sha256)).one()
    assert len(stored) == 32
    assert device.secret.encode() not in stored


def test_a_second_register_of_a_device_is_refused(client: TestClient) -> None:
    register(client)

    for sent in (
        client.post("/v1/auth/register?device_id=device-1"),
        client.post("/v1/auth/register", json={"device_id": "device-1", "device_secret": new_secret()}),
    ):
        assert sent.status_code == 409
        assert sent.json()["code"] == "device_already_registered"


def test_a_second_register_with_the_right_secret_logs_in(client: TestClient) -> None:
    device = register(client)

    for sent in (
        client.post("/v1/auth/register", json={"device_id": "device-1", "device_secret": device.secret}),
        client.post("/v1/auth/register?device_id=device-1", headers={"Authorization": f"Device {device.secret}"}),
    ):
        assert sent.status_code == 200
        assert sent.json()["user_id"] == str(device.user_id)
        assert "device_secret" not in sent.json()


def test_a_client_that_brings_its_own_secret_may_ask_again_for_a_lost_answer(client: TestClient) -> None:
    sent = {"device_id": "device-1", "device_secret": new_secret()}

    first, again = client.post("/v1/auth/register", json=sent), client.post("/v1/auth/register", json=sent)

    assert first.status_code == again.status_code == 200
    assert first.json()["user_id"] == again.json()["user_id"]
    assert "device_secret" not in first.json()
    assert client.post("/v1/auth/login", json=sent).status_code == 200


@pytest.mark.parametrize("secret", ["short", "a" * 64])
def test_a_secret_that_could_be_guessed_is_refused(client: TestClient, secret: str) -> None:
    in_body = client.post("/v1/auth/register", json={"device_id": "device-1", "device_secret": secret})
    in_header = client.post("/v1/auth/register?device_id=device-1", headers={"Authorization": f"Device {secret}"})

    assert in_body.status_code == in_header.status_code == 422
    assert in_body.json()["errors"][0]["loc"] == ["body", "device_secret"]
    assert secret not in in_body.text + in_header.text


@pytest.mark.parametrize("secret", [None, "gUn5J9JxJ1mZ0m1tO0Oq8eJ8x2dYz3R5n4b7c6v9w1k"])
def test_two_threads_that_register_a_device_at_once_make_one_account(
    client: TestClient, database: Database, secret: str | None
) -> None:
    together = Barrier(2)

    def send(_: int) -> int:
        together.wait()
        body = {"device_id": "device-1"} | ({"device_secret": secret} if secret else {})
        return client.post("/v1/auth/register", json=body).status_code

    for _round in range(5):
        with database.transaction(as_system="a test") as session:
            session.execute(delete(User))
        with ThreadPoolExecutor(2) as pool:
            statuses = list(pool.map(send, range(2)))

        assert sorted(statuses) == ([200, 200] if secret else [200, 409])
        with database.transaction(as_system="a test") as session:
            assert len(session.scalars(select(User.id)).all()) == 1


def test_a_device_logs_in_by_its_secret(client: TestClient) -> None:
    device = register(client)

    for sent in (
        client.post("/v1/auth/login", json={"device_id": "device-1", "device_secret": device.secret}),
        client.post("/v1/auth/login?device_id=device-1", json={"device_secret": device.secret}),
        client.post("/v1/auth/login?device_id=device-1", headers={"Authorization": f"Device {device.secret}"}),
    ):
        assert sent.status_code == 200
        assert set(sent.json()) == {"access_token", "token_type", "user_id", "expires_in", "refresh_token"}
        assert sent.json()["user_id"] == str(device.user_id)


def test_an_unknown_device_and_a_wrong_secret_get_the_same_bytes(client: TestClient) -> None:
    register(client)
    sent = {"device_secret": new_secret()}
    ids = {"X-Request-ID": "same"}

    known = client.post("/v1/auth/login?device_id=device-1", json=sent, headers=ids)
    unknown = client.post("/v1/auth/login?device_id=device-2", json=sent, headers=ids)

    assert known.status_code == unknown.status_code == 401
    assert known.content == unknown.content
    assert known.headers == unknown.headers
    assert known.headers["WWW-Authenticate"].startswith("Device ")


def test_the_device_id_alone_logs_nobody_in(client: TestClient) -> None:
    register(client)

    assert client.post("/v1/auth/login?device_id=device-1").status_code == 401


def test_an_account_that_was_closed_lets_nobody_in(client: TestClient, database: Database) -> None:
    device = register(client)
    with database.transaction(as_system="a test") as session:
        session.execute(update(User).values(is_active=False))

    sent = {"device_id": "device-1", "device_secret": device.secret}
    assert client.post("/v1/auth/login", json=sent).status_code == 401
    assert client.post("/v1/auth/register", json=sent).status_code == 409
    assert client.post("/v1/auth/refresh", json={"refresh_token": device.refresh_token}).status_code == 401
    assert client.post("/v1/auth/logout", headers=device.headers).status_code == 401


@pytest.mark.parametrize("path", ["/v1/auth/register", "/v1/auth/login"])
def test_a_call_without_a_device_id_says_so(client: TestClient, path: str) -> None:
    for answer in (client.post(path), client.post(path, json={})):
        assert answer.status_code == 422
        assert answer.json()["errors"] == [{"loc": ["query", "device_id"], "msg": "Field required"}]


def test_two_different_device_ids_are_refused(client: TestClient) -> None:
    answer = client.post("/v1/auth/register?device_id=device-1", json={"device_id": "device-2"})

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["loc"] == ["body", "device_id"]


def test_a_device_id_that_is_no_plain_word_is_refused(client: TestClient) -> None:
    for device_id in ("", " ", "a b", "\x00", "й", "a" * 256, "\ud800", "line\nbreak", "end\n"):
        body = json.dumps({"device_id": device_id}).encode()
        answer = client.post("/v1/auth/register", content=body, headers={"Content-Type": "application/json"})

        assert answer.status_code == 422, device_id


def test_unknown_fields_are_refused(client: TestClient, database: Database) -> None:
    answer = client.post("/v1/auth/register", json={"device_id": "device-1", "user_id": "me", "is_active": True})

    assert answer.status_code == 422
    with database.transaction(as_system="a test") as session:
        assert session.scalars(select(User.id)).all() == []
