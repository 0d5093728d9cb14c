"""Somebody with two notes, and ways to ask them."""

from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient

from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.scripted import LECTURE, spoken

GROCERIES = ("Купить молоко, хлеб и масло.", "Вечером забрать посылку на почте.")

Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def me(client: TestClient, bench: Bench) -> Device:
    """Somebody with two notes: a lecture on neural networks, and errands."""
    device = register(client)
    for said in (LECTURE, GROCERIES):
        bench.speech.segments = spoken(*said)
        bench.submit(device.user_id)
        bench.run_all()
    return device


@pytest.fixture
def ask(client: TestClient, me: Device) -> Ask:
    """Ask as `me`, and give the answer's body."""

    def question(message: str, **more: object) -> dict[str, Any]:
        answer = client.post("/v1/chat/query", headers=me.headers, json={"message": message, **more})
        assert answer.status_code == 200, answer.text
        given: dict[str, Any] = answer.json()
        return given

    return question
