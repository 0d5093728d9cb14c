"""What the most frequent questions ask of the database, counted, so that it can't grow unnoticed."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import event

from ai_conspects.core.db import Database
from tests.accounts.devices import Device, register
from tests.batches.submits import batch, recording


@contextmanager
def told(database: Database) -> Iterator[list[str]]:
    """Every statement that is sent meanwhile, and each transaction's beginning as BEGIN."""
    sent: list[str] = []

    def began(_: object) -> None:
        sent.append("BEGIN")

    def executed(*args: object) -> None:
        sent.append(str(args[2]))

    event.listen(database.engine, "begin", began)
    event.listen(database.engine, "before_cursor_execute", executed)
    yield sent
    event.remove(database.engine, "before_cursor_execute", executed)
    event.remove(database.engine, "begin", began)


@pytest.fixture
def device(client: TestClient) -> Device:
    """With a batch that waits and two notes."""
    me = register(client)
    sent = batch(recording(1), recording(2), recording(3), batch_id="b")
    assert client.post("/v1/batches/submit", json=sent, headers=me.headers).status_code == 200
    for n in range(2):
        note = {"title": f"Note {n}", "content": "Gradient descent.", "tags": ["a"]}
        assert client.post("/v1/notes", json=note, headers=me.headers).status_code == 201
    return me


@pytest.mark.parametrize(
    ("path", "transactions", "statements"),
    [  # whose rows and whether the token counts, in one, and then:
        ("/v1/batches/b/status", 1, 2),  # the batch with its recordings and their steps
        ("/v1/batches", 1, 3),  # the batches; how many recordings each has
        ("/v1/notes", 1, 7),  # the notes; what they are related to; tags, sources, citations, recordings
        ("/v1/search?q=descent", 2, 6),  # one for the token; the scope again, and the search
    ],
)
def test_a_question_costs_no_more_statements_than_it_did(
    client: TestClient, device: Device, database: Database, path: str, transactions: int, statements: int
) -> None:
    for _ in range(2):  # the first answer measures what is kept for some seconds
        with told(database) as sent:
            assert client.get(path, headers=device.headers).status_code == 200
    assert (sent.count("BEGIN"), len(sent) - sent.count("BEGIN")) <= (transactions, statements), sent
