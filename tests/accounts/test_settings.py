"""A user's own settings: checked, bounded, changed one at a time, and seen by nobody else."""

from typing import Any

import pytest
from fastapi.testclient import TestClient

from ai_conspects.engines.speech_to_text.base import Vocabulary
from tests.accounts.devices import Device, register
from tests.bench import Bench

NOTHING: dict[str, Any] = {"vocabulary": {"words": [], "prompt": ""}, "template": None}


@pytest.fixture
def me(client: TestClient) -> Device:
    return register(client)


def patch(client: TestClient, device: Device, settings: Any) -> Any:
    return client.patch("/v1/users/me", json={"settings": settings}, headers=device.headers)


def settings(client: TestClient, device: Device) -> Any:
    answer = client.get("/v1/users/me", headers=device.headers)
    assert answer.json()["id"] == str(device.user_id)
    return answer.json()["settings"]


def test_nothing_is_set_at_first_and_a_change_stays(client: TestClient, me: Device) -> None:
    assert settings(client, me) == NOTHING
    wanted = {"vocabulary": {"words": ["Градиент", " Кодзасов ", "Градиент"], "prompt": "Лекция о фонетике."}}
    changed = {"vocabulary": {"words": ["Градиент", "Кодзасов"], "prompt": "Лекция о фонетике."}}
    assert patch(client, me, wanted).json()["settings"] == NOTHING | changed
    assert settings(client, me) == NOTHING | changed
    assert settings(client, register(client, "other")) == NOTHING


def test_what_is_not_named_stays(client: TestClient, me: Device) -> None:
    patch(client, me, {"vocabulary": {"words": ["Гёдель"], "prompt": "Логика."}})
    patch(client, me, {"vocabulary": {"prompt": ""}})
    assert settings(client, me) == NOTHING | {"vocabulary": {"words": ["Гёдель"], "prompt": ""}}
    patch(client, me, {})
    patch(client, me, {"vocabulary": {"words": []}})
    assert settings(client, me) == NOTHING


@pytest.mark.parametrize(
    "wanted",
    [
        {"colour": "red"},
        {"vocabulary": {"words": [], "tone": "high"}},
        {"vocabulary": {"words": ["x"] * 201}},
        {"vocabulary": {"words": ["x" * 61]}},
        {"vocabulary": {"words": [" "]}},
        {"vocabulary": {"words": ["a\x00b"]}},
        {"vocabulary": {"words": "one"}},
        {"vocabulary": {"prompt": "x" * 1001}},
        {"vocabulary": {"prompt": None}},
        {"vocabulary": None},
    ],
)
def test_what_is_unknown_or_too_much_is_refused_and_changes_nothing(
    client: TestClient, me: Device, wanted: Any
) -> None:
    assert patch(client, me, wanted).status_code == 422
    assert settings(client, me) == NOTHING


def test_as_much_as_is_allowed_is_taken(client: TestClient, me: Device) -> None:
    most = {"vocabulary": {"words": [f"{at:060}" for at in range(200)], "prompt": "я" * 1000}}
    assert patch(client, me, most).json()["settings"] == NOTHING | most


def test_nobody_else_is_let_in(client: TestClient) -> None:
    assert client.get("/v1/users/me").status_code == 401
    assert client.patch("/v1/users/me", json={"settings": {}}).status_code == 401


def test_the_speech_engine_is_told_the_owners_vocabulary(client: TestClient, bench: Bench, me: Device) -> None:
    patch(client, me, {"vocabulary": {"words": ["Гёдель", "Тарский"], "prompt": "Логика."}})
    bench.submit(me.user_id)
    bench.submit(register(client, "other").user_id)
    bench.run_all()
    assert bench.speech.vocabularies == [Vocabulary(("Гёдель", "Тарский"), "Логика."), None]
