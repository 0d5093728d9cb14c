"""More requests at once than there are threads and connections: each waits for its turn, and all are answered."""

from concurrent.futures import ThreadPoolExecutor

from fastapi.testclient import TestClient

from tests.accounts.devices import register
from tests.batches.submits import batch, recording

CROWD = 64
STRANGERS = 200
"""Threads that run routes are 40, connections 10."""


def test_a_crowd_is_answered_without_an_error(client: TestClient) -> None:
    me = register(client).headers
    sent = batch(recording(1), batch_id="b")
    assert client.post("/v1/batches/submit", json=sent, headers=me).status_code == 200

    def asked(n: int) -> int:
        path = "/v1/batches/b/status" if n % 8 else "/v1/search?q=anything"  # with the request's session, and without
        return client.get(path, headers=me).status_code

    with ThreadPoolExecutor(CROWD) as threads:
        assert set(threads.map(asked, range(CROWD))) == {200}


def test_a_crowd_that_nobody_knows_yet_is_let_in(client: TestClient) -> None:
    def asked(n: int) -> int:
        return client.post(f"/v1/auth/register?device_id=device-{n}").status_code

    with ThreadPoolExecutor(STRANGERS) as threads:
        assert set(threads.map(asked, range(STRANGERS))) == {200}
