"""The second wall: whatever a query forgets, the database shows and changes the transaction's user's rows alone."""

from collections.abc import Iterator
from contextlib import suppress
from uuid import UUID, uuid4

import psycopg
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Table, delete, func, select, text, update
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database, connect
from ai_conspects.core.scopes import PLAIN_ROLE, elevated
from ai_conspects.models import Base, Note, NoteTag, Tag, User
from tests.bench import Bench
from tests.builders import a_user
from tests.security.two_users import filled

NOBODYS = {"background_jobs"}
"""Tables in which no row is anybody's."""

PRIVATE = [table for table in Base.metadata.sorted_tables if table.name not in NOBODYS]


def seen(session: Session, table: Table) -> set[tuple[object, ...]]:
    """The keys of every row that is seen, asked for without any condition."""
    return {tuple(row) for row in session.execute(select(*table.primary_key.columns))}


def test_every_table_with_private_rows_has_its_wall(database: Database) -> None:
    walls = text(
        "SELECT relname FROM pg_class JOIN pg_policy ON polrelid = pg_class.oid AND polname = 'own_rows' "
        "WHERE relrowsecurity AND relforcerowsecurity"
    )
    with database.transaction(as_system="a test") as session:
        walled = set(session.scalars(walls))
    assert walled == {table.name for table in PRIVATE}


@pytest.mark.timeout(120)
def test_without_the_first_wall_each_still_sees_their_own_rows_alone_in_every_table(
    client: TestClient, bench: Bench
) -> None:
    one, other = filled(client, bench, "one"), filled(client, bench, "other")
    for table in PRIVATE:
        with bench.database.transaction(as_user=one.user_id) as session:
            ones = seen(session, table)
        with bench.database.transaction(as_user=other.user_id) as session:
            others = seen(session, table)
        with bench.database.transaction(as_system="a test") as session:
            everybodys = seen(session, table)
        with bench.database.transaction(as_user=uuid4()) as session:
            assert seen(session, table) == set(), table.name
        assert ones, table.name
        assert others, table.name
        assert not ones & others, table.name
        assert ones | others == everybodys, table.name


@pytest.mark.timeout(120)
def test_nobody_changes_or_removes_anothers_row_in_any_table(client: TestClient, bench: Bench) -> None:
    filled(client, bench, "victim")
    thief = uuid4()
    for table in PRIVATE:
        column = next(column for column in table.columns if column.computed is None)
        with bench.database.transaction(as_user=thief) as session:
            changed = session.execute(update(table).values({column: column}).returning(column)).all()
            removed = session.execute(delete(table).returning(column)).all()
        assert (changed, removed) == ([], []), table.name
        with bench.database.transaction(as_system="a test") as session:
            assert seen(session, table), table.name


@pytest.fixture
def pair(database: Database) -> tuple[UUID, UUID]:
    with database.transaction(as_system="a test") as session:
        return a_user(session), a_user(session)


def a_note(user_id: UUID) -> Note:
    words = {"title": "t", "content": "c", "language": "ru", "complexity_level": "basic", "engine": "person"}
    return Note(user_id=user_id, reading_time=1, **words)


def test_a_row_in_anothers_name_is_refused(database: Database, pair: tuple[UUID, UUID]) -> None:
    me, other = pair
    with pytest.raises(ProgrammingError, match="row-level security"), database.transaction(as_user=me) as session:
        session.add(a_note(other))


def test_a_row_is_not_given_away(database: Database, pair: tuple[UUID, UUID]) -> None:
    me, other = pair
    with database.transaction(as_user=me) as session:
        session.add(a_note(me))
    with pytest.raises(ProgrammingError, match="row-level security"), database.transaction(as_user=me) as session:
        session.execute(update(Note).values(user_id=other))


def test_anothers_tag_is_not_hung_on_ones_own_note(database: Database, pair: tuple[UUID, UUID]) -> None:
    me, other = pair
    with database.transaction(as_user=other) as session:
        tag = Tag(user_id=other, name="theirs")
        session.add(tag)
    with database.transaction(as_user=me) as session:
        note = a_note(me)
        session.add(note)
    with pytest.raises(ProgrammingError, match="row-level security"), database.transaction(as_user=me) as session:
        session.add(NoteTag(note_id=note.id, tag_id=tag.id))


def test_a_pooled_connection_forgets_whose_it_was(database_url: str) -> None:
    database = connect(database_url, ring=lambda _: None, pool_size=1)
    with database.transaction(as_system="a test") as session:
        me, other = a_user(session), a_user(session)
        session.add_all([a_note(me), a_note(other)])
    with database.transaction(as_user=me) as session:
        ours = session.scalar(text("SELECT pg_backend_pid()"))
        assert session.scalars(select(Note.user_id)).all() == [me]
    with pytest.raises(ProgrammingError), database.transaction(as_user=me) as session:
        session.execute(text("SELECT nothing"))
    with database.engine.connect() as connection:
        assert connection.scalar(select(func.count()).select_from(Note)) == 0
        assert connection.scalar(text("SELECT pg_backend_pid()")) == ours
    with database.transaction(as_user=other) as session:
        assert session.scalars(select(Note.user_id)).all() == [other]
    database.dispose()


def test_a_look_at_the_whole_server_ends_where_it_is_written(database: Database, pair: tuple[UUID, UUID]) -> None:
    me, _ = pair
    with database.transaction(as_user=me) as session:
        with elevated(session, "a test"):
            assert session.scalar(select(func.count()).select_from(User)) == 2
        assert session.scalars(select(User.id)).all() == [me]
        with session.begin_nested():
            assert session.scalars(select(User.id)).all() == [me]
        with suppress(ZeroDivisionError), elevated(session, "a test"):
            _ = 1 // 0
        assert session.scalars(select(User.id)).all() == [me]
        with suppress(ProgrammingError), session.begin_nested(), elevated(session, "a test"):
            session.execute(text("SELECT nonsense"))
        assert session.scalars(select(User.id)).all() == [me]


@pytest.mark.parametrize("scope", [{}, {"as_user": None}, {"as_system": ""}])
def test_no_transaction_begins_without_saying_whose_rows_it_needs(database: Database, scope: dict[str, None]) -> None:
    with pytest.raises(TypeError), database.transaction(**scope):  # type: ignore[call-overload]
        pass


@pytest.fixture
def plain(database_url: str) -> Iterator[psycopg.Connection]:
    """The role of the server, as somebody who says nothing of scopes."""
    with psycopg.connect(database_url) as connection:
        connection.execute(f"SET ROLE {PLAIN_ROLE}")
        yield connection


def test_the_servers_role_owns_nothing_and_sees_nothing_unasked(
    plain: psycopg.Connection, pair: tuple[UUID, UUID]
) -> None:
    assert pair
    owned = "SELECT count(*) FROM pg_class WHERE pg_get_userbyid(relowner) = current_user"
    assert plain.execute(owned).fetchone() == (0,)
    assert plain.execute("SELECT count(*) FROM users").fetchone() == (0,)
    for forbidden in ("DROP TABLE users", "ALTER TABLE notes NO FORCE ROW LEVEL SECURITY", "TRUNCATE notes",
                      "CREATE TABLE mine (id int)", "UPDATE alembic_version SET version_num = '1'"):  # fmt: skip
        with pytest.raises(psycopg.errors.InsufficientPrivilege), plain.transaction():
            plain.execute(forbidden)
