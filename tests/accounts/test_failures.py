"""Ten wrong secrets, and no more are read; the right one always is."""

import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts.tokens import new_secret
from tests.accounts.devices import Device, register


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def attempt(client: TestClient, secret: str, device_id: str = "device-1", path: str = "login") -> int:
    return client.post(f"/v1/auth/{path}", json={"device_id": device_id, "device_secret": secret}).status_code


def test_the_eleventh_wrong_secret_is_refused_unread_and_the_right_one_lets_in(
    client: TestClient, device: Device
) -> None:
    assert [attempt(client, new_secret()) for _ in range(12)] == [401] * 10 + [429] * 2
    assert attempt(client, device.secret) == 200


@pytest.mark.usefixtures("device")
def test_unknown_devices_are_counted_like_known_ones(client: TestClient) -> None:
    known = [attempt(client, new_secret()) for _ in range(11)]
    unknown = [attempt(client, new_secret(), "nobody") for _ in range(11)]
    assert known == unknown


@pytest.mark.usefixtures("device")
def test_wrong_secrets_at_register_count_too(client: TestClient) -> None:
    statuses = [attempt(client, new_secret(), path="register") for _ in range(11)]
    assert statuses == [409] * 10 + [429]


def test_guessing_codes_and_old_secrets_ends_too(client: TestClient, device: Device) -> None:
    codes = [
        client.post("/v1/auth/recover", json={"device_id": "device-1", "code": str(at)}).status_code for at in range(11)
    ]
    assert codes[-1] == 429
    turns = [
        client.post("/v1/auth/rotate-secret", json={"device_secret": str(at)}, headers=device.headers).status_code
        for at in range(11)
    ]
    assert turns == [401] * 10 + [429]
