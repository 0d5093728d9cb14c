"""One site for each module, with a speech server that hears the same in every clip, and a history that must hold."""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from tests.faults.client import SPOKEN, Client
from tests.faults.history import History, violations
from tests.faults.site import Site, site
from tests.stubs.openai_audio import SpeechServer, speech_server


@pytest.fixture(scope="module")
def speech() -> Iterator[SpeechServer]:
    with speech_server() as running:
        running.says(SPOKEN)
        yield running


@pytest.fixture(scope="module")
def running(speech: SpeechServer) -> Iterator[Site]:
    """Stores and API; the tests start workers as they need them."""
    with site(speech={"engine": "openai", "base_url": speech.url, "checkpoint_s": 5}) as made:
        yield made


@pytest.fixture
def history(running: Site) -> Iterator[History]:
    """Every promise is looked at when the test has ended."""
    noted = History()
    yield noted
    broken = violations(noted, running.database_url, running.store, swept_after=timedelta(days=1))
    assert broken == []


@pytest.fixture
def phone(running: Site, history: History) -> Iterator[Client]:
    with Client(running.url, history) as registered:
        yield registered
