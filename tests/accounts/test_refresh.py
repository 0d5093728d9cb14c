"""Refresh tokens: spent once, and a family ends when one comes back."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update

from ai_conspects.accounts.tokens import new_secret
from ai_conspects.core.clock import now
from ai_conspects.core.db import Database
from ai_conspects.models import AuthSession, RefreshToken
from tests.accounts.devices import register


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status_code: int
    body: dict[str, str]


def refresh(client: TestClient, token: str) -> Answer:
    answer = client.post("/v1/auth/refresh", json={"refresh_token": token})
    return Answer(answer.status_code, answer.json())


def succeed(client: TestClient, token: str) -> str:
    answer = refresh(client, token)
    assert answer.status_code == 200, answer.body
    return str(answer.body["refresh_token"])


def age_uses(database: Database, seconds: float) -> None:
    """As if every token so far had been spent that much earlier."""
    with database.transaction(as_system="a test") as session:
        session.execute(update(RefreshToken).values(used_at=RefreshToken.used_at - timedelta(seconds=seconds)))


def is_revoked(database: Database) -> bool:
    with database.transaction(as_system="a test") as session:
        return session.scalars(select(AuthSession.revoked_at)).one() is not None


def test_a_refresh_token_gives_a_new_pair(client: TestClient) -> None:
    device = register(client)

    answer = refresh(client, device.refresh_token)

    assert answer.status_code == 200
    given = answer.body
    assert set(given) == {"access_token", "token_type", "user_id", "expires_in", "refresh_token"}
    assert given["refresh_token"] != device.refresh_token
    bearer = {"Authorization": f"Bearer {given['access_token']}"}
    assert client.post("/v1/auth/logout", headers=bearer).status_code == 204


def test_a_chain_of_refreshes_goes_on(client: TestClient) -> None:
    token = register(client).refresh_token

    for _ in range(5):
        token = succeed(client, token)


def test_a_spent_token_ends_the_whole_family(client: TestClient, database: Database) -> None:
    device = register(client)
    latest = succeed(client, device.refresh_token)
    age_uses(database, 31)

    assert refresh(client, device.refresh_token).status_code == 401
    assert is_revoked(database)
    assert refresh(client, latest).status_code == 401
    assert client.post("/v1/auth/logout", headers=device.headers).status_code == 401


def test_a_lost_answer_may_be_asked_for_once_more(client: TestClient, database: Database) -> None:
    first = register(client).refresh_token
    succeed(client, first)  # this answer got lost

    replayed = succeed(client, first)

    age_uses(database, 31)
    assert succeed(client, replayed)
    assert not is_revoked(database)


def test_a_second_replay_ends_the_family(client: TestClient, database: Database) -> None:
    first = register(client).refresh_token
    succeed(client, first)
    replayed = succeed(client, first)

    assert refresh(client, first).status_code == 401
    assert is_revoked(database)
    assert refresh(client, replayed).status_code == 401


def test_a_replay_after_the_successor_was_used_ends_the_family(client: TestClient, database: Database) -> None:
    first = register(client).refresh_token
    succeed(client, succeed(client, first))

    assert refresh(client, first).status_code == 401
    assert is_revoked(database)


def test_the_successor_that_a_replay_replaced_counts_as_spent(client: TestClient, database: Database) -> None:
    first = register(client).refresh_token
    lost = succeed(client, first)
    succeed(client, first)
    age_uses(database, 31)

    assert refresh(client, lost).status_code == 401
    assert is_revoked(database)


def test_of_many_at_once_no_more_than_the_one_replay_gets_through(client: TestClient, database: Database) -> None:
    token = register(client).refresh_token
    together = Barrier(6)

    def send(_: int) -> int:
        together.wait()
        return refresh(client, token).status_code

    with ThreadPoolExecutor(6) as pool:
        statuses = list(pool.map(send, range(6)))

    assert sorted(statuses) == [200, 200, 401, 401, 401, 401]
    assert is_revoked(database)


@pytest.mark.parametrize(("created_days", "used_days", "status"), [(179, 29, 200), (40, 31, 401), (181, 1, 401)])
def test_a_session_ends_by_idleness_and_by_age(
    client: TestClient, database: Database, created_days: int, used_days: int, status: int
) -> None:
    token = register(client).refresh_token
    with database.transaction(as_system="a test") as session:
        session.execute(
            update(AuthSession).values(
                created_at=now() - timedelta(days=created_days), last_used_at=now() - timedelta(days=used_days)
            )
        )

    assert refresh(client, token).status_code == status


def test_an_unknown_token_is_refused_and_touches_nobody(client: TestClient, database: Database) -> None:
    register(client)

    answer = refresh(client, new_secret())

    assert answer.status_code == 401
    assert answer.body["code"] == "invalid_refresh_token"
    assert not is_revoked(database)


def test_tokens_are_stored_as_hashes_only(client: TestClient, database: Database) -> None:
    device = register(client)

    with database.transaction(as_system="a test") as session:
        stored = session.scalars(select(RefreshToken.token_sha256)).one()
    assert len(stored) == 32
    assert device.refresh_token.encode() not in stored
