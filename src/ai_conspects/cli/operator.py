"""`invite` and `recover`: what only whoever runs the server may give, straight from its database."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from sqlalchemy.orm import Session

from ai_conspects.accounts import codes
from ai_conspects.core.clock import now
from ai_conspects.core.db import connect
from ai_conspects.core.errors import NotFound
from ai_conspects.core.jobs import Job
from ai_conspects.core.settings import Settings
from ai_conspects.embedded.reaching import database_url


class NoSuchDevice(NotFound):
    """Nobody has registered under this id."""

    code = "device_not_found"

    def __init__(self, device_id: str) -> None:
        super().__init__(f"No device “{device_id}” is registered here.")


def invitation(settings: Settings, days: int) -> str:
    """A code that lets one device register. Raises `NoServer`."""
    with _database(settings) as session:
        return codes.invite(session, now(), timedelta(days=days))


def recovery(settings: Settings, device_id: str) -> str:
    """A code that gives one device a new secret. Raises `NoServer`, `NoSuchDevice`."""
    with _database(settings) as session:
        code = codes.recover(session, device_id, now())
    if code is None:
        raise NoSuchDevice(device_id)
    return code


@contextmanager
def _database(settings: Settings) -> Iterator[Session]:
    database = connect(database_url(settings), ring=_no_bell, application_name="ai-conspects-operator")
    try:
        with database.transaction(as_system="operator: a one-time code") as session:
            yield session
    finally:
        database.dispose()


def _no_bell(job: Job) -> None:
    """Codes cause no work."""
