"""A secret is replaced by its owner alone, or with the operator's help; whoever had the old one is out."""

import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts import codes
from ai_conspects.accounts.tokens import new_secret
from ai_conspects.core.clock import now
from ai_conspects.core.db import Database
from tests.accounts.devices import Device, register


def rotate(client: TestClient, device: Device, old: str, new: str | None = None) -> tuple[int, dict[str, str]]:
    body = {"device_secret": old} | ({"new_device_secret": new} if new else {})
    answer = client.post("/v1/auth/rotate-secret", json=body, headers=device.headers)
    return answer.status_code, answer.json()


def logs_in(client: TestClient, secret: str, device_id: str = "device-1") -> bool:
    sent = {"device_id": device_id, "device_secret": secret}
    return client.post("/v1/auth/login", json=sent).status_code == 200


def counts(client: TestClient, access_token: str) -> bool:
    return client.get("/v1/users/me", headers={"Authorization": f"Bearer {access_token}"}).status_code == 200


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def test_a_new_secret_is_told_once_and_the_old_one_counts_no_more(client: TestClient, device: Device) -> None:
    status, given = rotate(client, device, device.secret)

    assert status == 200
    assert logs_in(client, given["device_secret"])
    assert not logs_in(client, device.secret)


def test_ones_own_new_secret_is_not_told_back(client: TestClient, device: Device) -> None:
    mine = new_secret()
    status, given = rotate(client, device, device.secret, mine)

    assert status == 200
    assert "device_secret" not in given
    assert logs_in(client, mine)


def test_rotating_ends_every_other_session(client: TestClient, device: Device) -> None:
    thief = client.post("/v1/auth/login", json={"device_id": "device-1", "device_secret": device.secret}).json()
    _, given = rotate(client, device, device.secret)

    assert counts(client, given["access_token"])
    assert not counts(client, thief["access_token"])
    assert not counts(client, device.access_token)
    for spent in (thief["refresh_token"], device.refresh_token):
        assert client.post("/v1/auth/refresh", json={"refresh_token": spent}).status_code == 401
    assert client.post("/v1/auth/refresh", json={"refresh_token": given["refresh_token"]}).status_code == 200


def test_an_access_token_alone_changes_no_secret(client: TestClient, device: Device) -> None:
    assert rotate(client, device, new_secret())[0] == 401
    assert counts(client, device.access_token)
    assert logs_in(client, device.secret)


def test_a_secret_that_could_be_guessed_is_refused(client: TestClient, device: Device) -> None:
    assert rotate(client, device, device.secret, "a" * 64)[0] == 422
    assert logs_in(client, device.secret)


def recovery(database: Database, device_id: str = "device-1") -> str:
    with database.transaction(as_system="a test") as session:
        code = codes.recover(session, device_id, now())
    assert code is not None
    return code


def recover(client: TestClient, code: str, device_id: str = "device-1", **more: str) -> tuple[int, dict[str, str]]:
    answer = client.post("/v1/auth/recover", json={"device_id": device_id, "code": code, **more})
    return answer.status_code, answer.json()


def test_the_operators_code_gives_a_lost_account_back(client: TestClient, device: Device, database: Database) -> None:
    status, given = recover(client, recovery(database))

    assert status == 200
    assert given["user_id"] == str(device.user_id)
    assert logs_in(client, given["device_secret"])
    assert not logs_in(client, device.secret)
    assert not counts(client, device.access_token)


@pytest.mark.usefixtures("device")
def test_a_code_may_be_typed_as_people_type(client: TestClient, database: Database) -> None:
    code = recovery(database)
    assert recover(client, f" {code.lower().replace('-', ' ')}")[0] == 200


@pytest.mark.usefixtures("device")
def test_a_code_serves_its_device_alone_and_not_for_ever(client: TestClient, database: Database) -> None:
    register(client, "device-2")
    assert recover(client, recovery(database), "device-2")[0] == 401
    assert recover(client, recovery(database), "nobody")[0] == 401
    with database.transaction(as_system="a test") as session:
        late = codes.recover(session, "device-1", now() - codes.RECOVERY_LIVES)
    assert late is not None
    assert recover(client, late)[0] == 401
    with database.transaction(as_system="a test") as session:
        invitation = codes.invite(session, now())
    assert recover(client, invitation)[0] == 401
    assert recover(client, "AAAAA-AAAAA")[0] == 401


def test_no_code_is_made_for_a_device_that_nobody_registered(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        assert codes.recover(session, "nobody", now()) is None
