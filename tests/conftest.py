"""Real parts for every test: this run's own PostgreSQL and Valkey, and a fresh, migrated database for each test."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from secrets import token_urlsafe
from uuid import uuid4

import psycopg
import pytest
import redis
from fastapi.testclient import TestClient
from psycopg import sql
from pydantic import SecretStr

from ai_conspects import migrations
from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.db import Database, connect
from ai_conspects.core.engine_settings import EmbeddingSettings, LanguageModelSettings, SpeechSettings
from ai_conspects.core.jobs import Job
from ai_conspects.core.settings import RateSettings, Settings
from ai_conspects.embedded.valkey import Valkey
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from ai_conspects.engines.object_storage.local import local_store
from ai_conspects.engines.registry import Engines
from tests.api.watching import watched
from tests.bench import Bench
from tests.scripted import LECTURE, ScriptedSpeech, spoken
from tests.servers import postgres_server, valkey_server
from tests.stubs.openai_server import OpenAIServer, openai_server


@pytest.fixture(scope="session")
def postgres_url() -> Iterator[str]:
    """The administrator's URL of a running server: `AI_CONSPECTS_TEST_POSTGRES`, else one started for this run."""
    given = os.environ.get("AI_CONSPECTS_TEST_POSTGRES", "")
    if given:
        yield given
        return
    with postgres_server() as url:
        yield url


@pytest.fixture(scope="session")
def valkey() -> Iterator[Valkey]:
    """A Valkey of this run's own."""
    with valkey_server() as server:
        yield server


@pytest.fixture(scope="session")
def redis_url(valkey: Valkey) -> str:
    """Its URL for redis-py. Every test that uses it begins with an empty database."""
    return valkey.url


@pytest.fixture(scope="session")
def broker_url(valkey: Valkey) -> str:
    """Its URL for Celery."""
    return valkey.broker_url


@pytest.fixture(autouse=True)
def _empty_redis(request: pytest.FixtureRequest) -> None:
    if "valkey" in request.fixturenames:
        server: Valkey = request.getfixturevalue("valkey")
        with closing(redis.Redis.from_url(server.url)) as client:
            client.flushall()


@pytest.fixture(scope="session")
def template_database(postgres_url: str) -> str:
    """A migrated, empty database, from which each test's own is copied."""
    name = f"template_{uuid4().hex[:12]}"
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    migrations.upgrade(with_database(postgres_url, name))
    return name


@pytest.fixture
def database_url(postgres_url: str, template_database: str) -> Iterator[str]:
    """A fresh database, dropped after the test."""
    name = f"test_{uuid4().hex[:12]}"
    new, template = sql.Identifier(name), sql.Identifier(template_database)
    with psycopg.connect(postgres_url, autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy").format(new, template))
        yield with_database(postgres_url, name)
        admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(new))


@pytest.fixture
def rung() -> list[Job]:
    """The jobs that committed transactions of `database` have rung."""
    return []


@pytest.fixture
def database(database_url: str, rung: list[Job]) -> Iterator[Database]:
    """A connected database whose doorbell only notes what was rung."""
    made = connect(database_url, ring=rung.append)
    yield made
    made.dispose()


def with_database(url: str, name: str) -> str:
    """The same server's URL for another database."""
    head, _, query = url.partition("?")
    return f"{head.rsplit('/', 1)[0]}/{name}" + (f"?{query}" if query else "")


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """Offline engines, a store in the test's own folder, no limits, no queue (a test that needs one names it)."""
    return Settings(
        _env_file=None,
        home=tmp_path,
        database_url=SecretStr(database_url),
        redis_url=SecretStr(""),
        celery_broker_url=SecretStr(""),
        jwt_secret_key=SecretStr(token_urlsafe(32)),
        openai_api_key=SecretStr(""),
        serpapi_key=SecretStr(""),
        s3_bucket="",
        rate=RateSettings(api_per_minute=0, submit_per_minute=0, chat_per_minute=0, auth_per_minute=0),
        speech=SpeechSettings(engine="pocketsphinx"),
        language_model=LanguageModelSettings(engine="extractive"),
        embeddings=EmbeddingSettings(engine="hashed"),
    )


@pytest.fixture
def parts(settings: Settings, database: Database, tmp_path: Path) -> Parts:
    """What the API works with, all of it real; jobs are only noted, in `rung`."""
    embeddings = HashedEmbeddings(settings.embeddings.dimensions)
    return Parts(settings, database, local_store(tmp_path / "objects"), ExtractiveModel(), embeddings)


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    """A client of the whole application; `tests.accounts.devices.register(client)` gives it a user."""
    from ai_conspects.main import create_app  # here, so that tests of a part don't load the whole

    with TestClient(watched(create_app(parts))) as opened:
        yield opened


@pytest.fixture
def bench(parts: Parts) -> Bench:
    """A worker driven by hand, over the same parts as `client`'s; what its speech engine hears is the test's to say."""
    speech = ScriptedSpeech(spoken(*LECTURE))
    engines = Engines(speech, parts.language_model, parts.embeddings, None, parts.store)
    return Bench(parts.database, parts.settings, engines, speech)


@pytest.fixture
def model_server() -> Iterator[OpenAIServer]:
    """A model server that says what the test scripts."""
    with openai_server() as server:
        yield server
