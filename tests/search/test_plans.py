"""A search costs what its owner has, not what everybody has: the plans of its queries over a full, analysed table."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from uuid import UUID

import psycopg
import pytest
from sqlalchemy import Connection, Select, event, text
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database, connect
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.search import legs
from ai_conspects.search.asked import parse
from ai_conspects.search.legs import Sought
from ai_conspects.search.scope import Scope
from ai_conspects.search.searching import direction
from ai_conspects.text.ranking import Asked
from ai_conspects.text.words import words
from bench import crowd
from tests.conftest import with_database

EVERYBODYS_WORD = "сеть"
CHUNKS, OWNER_NOTES, OWNER_CHUNKS = 24_000, 20, 80


@pytest.fixture(scope="module")
def crowded(postgres_url: str, template_database: str) -> Iterator[tuple[Database, UUID]]:
    """24,000 chunks of 300 people, of which the owner has 80; everybody's hold the same few words."""
    name = "crowded_plans"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"CREATE DATABASE {name} TEMPLATE {template_database}")
    made = connect(with_database(postgres_url, name), ring=lambda _: None)
    paragraphs = [("ru", "Нейронная сеть учится. Сеть ошибается. Сеть молчит. Сеть видит. Сеть слышит. Сеть пишет.")]
    filled = crowd.fill(with_database(postgres_url, name), paragraphs, CHUNKS, OWNER_NOTES, users=300, pool=200)
    yield made, filled.owner
    made.dispose()
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(f"DROP DATABASE {name} WITH (FORCE)")


@contextmanager
def explained(connection: Connection) -> Iterator[None]:
    """Every statement is explained, with what it really read, in place of being answered."""

    def explain(_: object, __: object, statement: str, parameters: Any, ___: object, ____: object) -> tuple[str, Any]:
        return f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}", parameters

    event.listen(connection, "before_cursor_execute", explain, retval=True)
    yield
    event.remove(connection, "before_cursor_execute", explain)


def plan(session: Session, query: Select[Any], values: dict[str, Any]) -> dict[str, Any]:
    with explained(session.connection()):
        answer: Any = session.connection().execute(query, values).cursor  # SQLAlchemy's own rows would be the query's
        (plans,) = answer.fetchone()
    whole: dict[str, Any] = plans[0]["Plan"]
    return whole


def nodes(of: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield of
    for child in of.get("Plans", []):
        yield from nodes(child)


def rows_read(of: dict[str, Any]) -> int:
    """The most rows that any part of the plan touched, kept or thrown away."""
    thrown = ("Rows Removed by Filter", "Rows Removed by Index Recheck")
    return max(
        int((node["Actual Rows"] + sum(node.get(one, 0) for one in thrown)) * node["Actual Loops"])
        for node in nodes(of)
    )


@pytest.mark.parametrize("filters", [{}, {"tags": ("x",)}, {"is_favorite": False}, {"type": "recording"}])
@pytest.mark.parametrize("asked", [EVERYBODYS_WORD, '"нейронная сеть"', "се*", "нейронная сеть учится"])
def test_no_search_reads_rows_of_all_users(crowded: tuple[Database, UUID], asked: str, filters: dict[str, Any]) -> None:
    database, owner = crowded
    scope, phrases = Scope(owner, **filters), parse(asked).phrases
    towards = direction(HashedEmbeddings(), asked)
    assert towards
    values = scope.values() | towards.values() | legs.words_values(Asked(words(asked), ["ru"]))
    values |= legs.phrases_values(phrases) | legs.beginnings_values(["се"])
    sought = Sought(scope.filters, len(phrases), ("ru",), by_words=50, nearest=50, compared=True)
    with database.transaction(as_user=owner) as session:
        for query in (legs.candidates(sought), legs.nearest(sought), legs.by_beginnings(scope.filters, ("ru",), 50)):
            found = plan(session, query, values)
            scans = [node for node in nodes(found) if node["Node Type"] == "Seq Scan"]
            assert "note_chunks" not in [scan.get("Relation Name") for scan in scans]
            assert rows_read(found) <= OWNER_NOTES * OWNER_CHUNKS  # at worst, all of the owner's chunks for each note


def test_the_test_would_see_a_scan_of_all_users_rows(crowded: tuple[Database, UUID]) -> None:
    database, owner = crowded
    with database.transaction(as_system="a test") as session:
        session.execute(text("SET LOCAL enable_indexscan = off; SET LOCAL enable_bitmapscan = off"))
        session.execute(text("SET LOCAL enable_indexonlyscan = off"))
        values = Scope(owner).values() | legs.words_values(Asked([EVERYBODYS_WORD], ["ru"]))
        found = plan(session, legs.by_words(Sought(by_words=50)), values)
    assert rows_read(found) > CHUNKS / 4  # workers share a scan
