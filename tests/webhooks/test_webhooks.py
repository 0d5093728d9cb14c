"""Webhooks over HTTP: made, changed and removed by their owner; addresses inside are refused; a secret is told once."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from ai_conspects.core.db import Database
from ai_conspects.core.events import Event, EventType, publish
from tests.accounts.devices import Device, register

GOOD = {"url": "https://example.com/hook?x=1", "events": ["note.created"]}


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def create(client: TestClient, device: Device, **wanted: Any) -> dict[str, Any]:
    answer = client.post("/v1/webhooks", json=GOOD | wanted, headers=device.headers)
    assert answer.status_code == 201, answer.text
    return answer.json()  # type: ignore[no-any-return]  # httpx types no JSON


def test_the_secret_is_told_once(client: TestClient, device: Device) -> None:
    made = create(client, device)
    assert made["secret"].startswith("whsec_")
    one = client.get(f"/v1/webhooks/{made['id']}", headers=device.headers).json()
    (listed,) = client.get("/v1/webhooks", headers=device.headers).json()["items"]
    assert one == listed == {name: value for name, value in made.items() if name != "secret"}
    assert (one["url"], one["events"], one["is_enabled"]) == (GOOD["url"], GOOD["events"], True)


@pytest.mark.parametrize(
    "url",
    [
        "http://example.com/", "https://10.0.0.1/", "https://localhost:1/../", "https://[::1]/", "ftp://example.com/",
        "https://user:p@example.com/", "https://2130706433/", "https://169.254.169.254/", "example.com", "",
    ],
)  # fmt: skip
def test_addresses_that_can_be_told_to_be_wrong_are_refused_at_once(
    client: TestClient, device: Device, url: str
) -> None:
    answer = client.post("/v1/webhooks", json=GOOD | {"url": url}, headers=device.headers)
    if url.startswith("https://localhost"):
        assert answer.status_code == 201  # a name is looked up when it is called, and refused then
    else:
        assert answer.status_code == 422, answer.text


@pytest.mark.parametrize("wanted", [{"events": []}, {"events": ["x"]}, {"secret": "mine"}, {"url": None}])
def test_what_makes_no_sense_is_refused(client: TestClient, device: Device, wanted: dict[str, Any]) -> None:
    assert client.post("/v1/webhooks", json=GOOD | wanted, headers=device.headers).status_code == 422


def test_it_is_changed_and_removed(client: TestClient, device: Device) -> None:
    url = f"/v1/webhooks/{create(client, device)['id']}"
    wanted = {"url": "http://127.0.0.1:9/other", "events": ["batch.finished", "note.created"], "is_enabled": False}
    changed = client.patch(url, json=wanted, headers=device.headers).json()
    assert {name: changed[name] for name in wanted} == wanted
    assert client.patch(url, json={"url": "https://10.0.0.1"}, headers=device.headers).json()["code"] == "url_refused"
    assert client.patch(url, json={"is_enabled": None}, headers=device.headers).status_code == 422
    assert client.delete(url, headers=device.headers).status_code == 204
    assert client.get(url, headers=device.headers).status_code == 404


def test_ten_are_enough(client: TestClient, device: Device) -> None:
    for _ in range(10):
        create(client, device)
    answer = client.post("/v1/webhooks", json=GOOD, headers=device.headers)
    assert (answer.status_code, answer.json()["code"]) == (409, "too_many_webhooks")


def test_anothers_webhook_is_the_same_404_as_none(client: TestClient, device: Device, database: Database) -> None:
    made = create(client, device)
    with database.transaction(as_system="a test") as session:
        publish(session, Event(device.user_id, EventType.NOTE_CREATED, {}))
    url = f"/v1/webhooks/{made['id']}"
    (entry,) = client.get(f"{url}/deliveries", headers=device.headers).json()["items"]
    other = register(client, "device-2")
    calls = [
        ("GET", url, None), ("PATCH", url, {"is_enabled": False}), ("DELETE", url, None),
        ("GET", f"{url}/deliveries", None), ("POST", f"{url}/deliveries/{entry['id']}/redeliver", None),
    ]  # fmt: skip
    for method, where, body in calls:
        assert client.request(method, where, json=body, headers=other.headers).status_code == 404
    assert client.get("/v1/webhooks", headers=other.headers).json()["items"] == []
    assert client.get(url, headers=device.headers).json()["is_enabled"]


def test_the_log_comes_in_pages(client: TestClient, device: Device, database: Database) -> None:
    url = f"/v1/webhooks/{create(client, device)['id']}/deliveries"
    for number in range(5):
        with database.transaction(as_system="a test") as session:
            publish(session, Event(device.user_id, EventType.NOTE_CREATED, {"number": number}))
    seen, cursor = list[str](), None
    while True:
        query = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = client.get(url, params=query, headers=device.headers).json()
        seen += [entry["id"] for entry in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 5
    assert seen == sorted(seen, reverse=True)
    assert client.get(url, params={"cursor": "x"}, headers=device.headers).status_code == 422
