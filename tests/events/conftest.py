"""The API as uvicorn serves it, over a Redis that may be taken away, and a worker driven by hand beside it."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.db import Database, connect
from ai_conspects.core.event_stream import announcer
from ai_conspects.core.jobs import Job
from ai_conspects.core.settings import Settings
from tests.events.listening import Serving, serving


@pytest.fixture
def settings(settings: Settings, redis_url: str, valkey: object) -> Settings:
    settings.redis_url = SecretStr(redis_url)
    return settings


@pytest.fixture
def database(database_url: str, rung: list[Job], redis_url: str) -> Iterator[Database]:
    made = connect(database_url, ring=rung.append, announce=announcer(redis_url))
    yield made
    made.dispose()


@pytest.fixture
def api(parts: Parts) -> Iterator[Serving]:
    with serving(parts) as running:
        yield running
