"""An API and a worker that write down what is to be delivered; receivers on this machine are named as private hosts."""

from collections.abc import Iterator

import pytest

from ai_conspects.core.db import Database, connect
from ai_conspects.core.jobs import Job
from ai_conspects.core.outbound import Outbound
from ai_conspects.core.settings import OutboundSettings, Settings
from ai_conspects.webhooks import outbox


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.outbound = OutboundSettings(private_hosts="127.0.0.1")
    return settings


@pytest.fixture
def database(database_url: str, rung: list[Job]) -> Iterator[Database]:
    made = connect(database_url, ring=rung.append, record=outbox.record)
    yield made
    made.dispose()


@pytest.fixture
def outbound() -> Outbound:
    return Outbound(["127.0.0.1"])
