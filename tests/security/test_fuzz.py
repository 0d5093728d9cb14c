"""Whatever the API's description allows or forbids is tried, as one of two users: each time the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.db import Database, connect
from ai_conspects.core.event_stream import announcer
from ai_conspects.core.jobs import Job
from ai_conspects.core.settings import Settings
from ai_conspects.webhooks import outbox
from tests.bench import Bench
from tests.security.fuzzed import RATES, fuzzed


@pytest.fixture
def settings(settings: Settings, redis_url: str, valkey: object) -> Settings:
    settings.redis_url, settings.rate = SecretStr(redis_url), RATES
    return settings


@pytest.fixture
def database(database_url: str, rung: list[Job], redis_url: str) -> Iterator[Database]:
    made = connect(database_url, ring=rung.append, announce=announcer(redis_url), record=outbox.record)
    yield made
    made.dispose()


@pytest.mark.timeout(600)
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # of what Schemathesis itself calls
def test_no_request_makes_the_api_break_its_own_description(parts: Parts, bench: Bench, tmp_path: Path) -> None:
    found = fuzzed(parts, bench, tmp_path, examples=4)
    assert found.failures == {}
    assert found.errors == []
    assert set(found.cases) >= {"examples", "coverage", "fuzzing", "stateful"}
    assert len(found.operations) >= 76
    assert found.checks["nothing_of_the_strangers"] >= 3000
