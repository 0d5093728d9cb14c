"""The database's roles: the owner of the tables, the server's own, and set-ups that know only one of them."""

from collections.abc import Iterator
from dataclasses import dataclass
from uuid import UUID, uuid4

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr
from sqlalchemy import func, select, text
from sqlalchemy.engine import make_url

from ai_conspects.cli.migrate import migrate
from ai_conspects.core.db import Database, connect
from ai_conspects.core.settings import Settings
from ai_conspects.models import User
from tests.builders import a_user
from tests.conftest import with_database

ROLE = "SELECT current_user, rolsuper OR rolbypassrls FROM pg_roles WHERE rolname = current_user"


@dataclass(frozen=True)
class Outside:
    """A database by its owner, and by a role that an administrator has made for the server; neither is a superuser."""

    owner_url: str
    app_url: str


@pytest.fixture
def outside(postgres_url: str) -> Iterator[Outside]:
    """An empty one."""
    unique = uuid4().hex[:8]
    owner, app, name = f"owner_{unique}", f"app_{unique}", f"outside_{unique}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        for role in (owner, app):
            admin.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'secret'").format(sql.Identifier(role)))
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(name), sql.Identifier(owner)))
        url = with_database(postgres_url, name)
        with psycopg.connect(url, autocommit=True) as inside:
            inside.execute("CREATE EXTENSION vector")
        named = make_url(url).set(password="secret")
        urls = [named.set(username=role).render_as_string(hide_password=False) for role in (owner, app)]
        yield Outside(*urls)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
        for role in (owner, app):
            admin.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def prepared(settings: Settings, app_url: str, owner_url: str = "") -> Database:
    """The database after `ai-conspects migrate`, as the server connects to it."""
    named = {"database_url": SecretStr(app_url), "database_owner_url": SecretStr(owner_url)}
    migrate(settings.model_copy(update=named))
    return connect(app_url, ring=lambda _: None)


def two_users(database: Database) -> tuple[UUID, UUID]:
    with database.transaction(as_system="a test") as session:
        return a_user(session), a_user(session)


def sees_only(database: Database, user_id: UUID) -> bool:
    with database.transaction(as_user=user_id) as session:
        return session.scalars(select(User.id)).all() == [user_id]


def test_a_server_with_a_role_of_its_own_is_bound(settings: Settings, outside: Outside) -> None:
    database = prepared(settings, outside.app_url, outside.owner_url)
    me, _ = two_users(database)
    assert sees_only(database, me)
    with database.engine.connect() as connection:
        assert connection.execute(text(ROLE)).one() == (make_url(outside.app_url).username, False)
        assert connection.scalar(select(func.count()).select_from(User)) == 0
    migrate(settings.model_copy(update={"database_url": SecretStr(outside.app_url)}))  # nothing to do, and no owner
    database.dispose()


def test_a_server_that_owns_its_tables_is_bound_as_well(settings: Settings, outside: Outside) -> None:
    database = prepared(settings, outside.owner_url)
    me, _ = two_users(database)
    assert sees_only(database, me)
    database.dispose()


def test_a_server_that_was_given_a_superuser_steps_down(
    settings: Settings, outside: Outside, postgres_url: str
) -> None:
    name = make_url(outside.owner_url).database or ""
    database = prepared(settings, with_database(postgres_url, name))
    me, _ = two_users(database)
    assert sees_only(database, me)
    with database.engine.connect() as connection:
        assert connection.execute(text(ROLE)).one() == ("ai_conspects_app", False)
    database.dispose()


def test_a_superuser_that_has_nothing_to_become_is_told_of(
    outside: Outside, postgres_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    name = make_url(outside.owner_url).database or ""
    database = connect(with_database(postgres_url, name), ring=lambda _: None)
    with database.transaction(as_system="a test") as session:
        assert session.scalar(text("SELECT 1")) == 1
    assert "database.no_second_wall" in capsys.readouterr().out
    database.dispose()


def test_the_release_before_goes_on_with_the_owners_url(settings: Settings, outside: Outside) -> None:
    database = prepared(settings, outside.owner_url)
    me, other = two_users(database)
    with psycopg.connect(outside.owner_url) as before:  # it knows nothing of scopes
        assert {row[0] for row in before.execute("SELECT id FROM users")} == {me, other}
        before.execute("UPDATE users SET is_active = false WHERE id = %s", (me,))
        before.execute("INSERT INTO users (id, device_id) VALUES (%s, 'of the release before')", (uuid4(),))
    database.dispose()
