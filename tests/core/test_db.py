"""Connections that ended while they lay in the pool, and a server that lets in and sends away."""

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import event, text

from ai_conspects.core.db import Database, connect
from ai_conspects.pipeline.waiting import DATABASE_AWAY


def end(database_url: str, pid: int) -> None:
    """As the server does on its way down."""
    with psycopg.connect(database_url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])


def ask(database: Database) -> int:
    """Which process of the server answers."""
    with database.transaction(as_system="a test") as session:
        pid: int = session.scalars(text("SELECT pg_backend_pid()")).one()
    return pid


@pytest.fixture
def pooled(database_url: str) -> Iterator[Database]:
    made = connect(database_url, ring=lambda _: None)
    yield made
    made.dispose()


def test_a_connection_that_ended_in_the_pool_is_passed_over(pooled: Database, database_url: str) -> None:
    first = ask(pooled)
    assert ask(pooled) == first
    end(database_url, first)
    assert ask(pooled) != first


def test_a_server_that_sends_away_whomever_it_lets_in_is_a_database_away(pooled: Database, database_url: str) -> None:
    end(database_url, ask(pooled))

    @event.listens_for(pooled.engine, "connect")
    def sent_away(connection: psycopg.Connection[object], _: object) -> None:
        end(database_url, connection.info.backend_pid)

    with pytest.raises(DATABASE_AWAY):
        ask(pooled)
