"""Rules in any order, two users, and a model that says what must come of each: the same ones each time."""

import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts.dependencies import Parts
from tests.bench import Bench
from tests.security.auth_machine import AuthMachine
from tests.security.batch_machine import BatchMachine
from tests.security.machines import World, run


@pytest.fixture
def world(client: TestClient, parts: Parts, bench: Bench) -> World:
    return World(client, parts, bench)


@pytest.mark.timeout(300)
def test_no_token_comes_to_life_again_and_none_is_anothers(world: World) -> None:
    run(lambda: AuthMachine(world), examples=30, steps=20)


@pytest.mark.timeout(300)
def test_no_batch_is_lost_goes_back_or_is_seen_by_another(world: World) -> None:
    run(lambda: BatchMachine(world), examples=8, steps=15)
