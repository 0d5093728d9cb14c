"""`doctor` on real parts: what is well is said, and what is wrong comes with its mend."""

import socket
from pathlib import Path

import pytest

from ai_conspects.cli.doctor import Finding, checks
from ai_conspects.core.db import Database
from ai_conspects.core.settings import Settings
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.pipeline.embedding import Embedder
from tests.builders import a_user
from tests.embedded.stacks import settings_for
from tests.pipeline.notes import a_note
from tests.servers import short_folder


def found(settings: Settings, **more: int) -> dict[str, Finding]:
    """The findings by name."""
    return {finding.name: finding for finding in checks(settings, port=more.get("port", 0))}


def test_a_fresh_machine_is_well_and_nothing_is_made_on_it() -> None:
    with short_folder() as folder:
        findings = found(settings_for(folder / "home", openai_api_key="", serpapi_key=""))
        assert not [finding for finding in findings.values() if not finding.ok]
        assert "PostgreSQL" in findings["database"].message
        assert "Valkey" in findings["redis"].message
        assert list(folder.iterdir()) == []


def test_outside_servers_are_asked(tmp_path: Path, postgres_url: str, redis_url: str) -> None:
    findings = found(settings_for(tmp_path, database_url=postgres_url, redis_url=redis_url))
    assert findings["database"].ok
    assert "pgvector 0.8" in findings["database"].message
    assert findings["redis"].ok


def test_what_the_vectors_are_made_by_is_told_and_why_there_are_no_more(tmp_path: Path, database: Database) -> None:
    url = database.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with database.transaction(as_system="a test") as session:
        a_note(session, a_user(session), "Тормоза")
    finding = found(settings_for(tmp_path, database_url=url))["vectors"]
    assert finding.ok
    assert "1 by none" in finding.message
    Embedder(database, HashedEmbeddings(512), "test", 30, lambda: False).take_turn()
    finding = found(settings_for(tmp_path, database_url=url))["vectors"]
    assert not finding.ok
    assert "AI_CONSPECTS_EMBEDDINGS__DIMENSIONS" in finding.message


def test_what_is_away_is_named_with_the_setting_that_mends_it(tmp_path: Path) -> None:
    away = {"database_url": "postgresql://x:hidden@127.0.0.1:1/x", "redis_url": "redis://:hidden@127.0.0.1:1"}
    findings = found(settings_for(tmp_path, **away, jwt_secret_key="short"))
    for name, setting in (("database", "DATABASE_URL"), ("redis", "REDIS_URL"), ("token key", "JWT_SECRET_KEY")):
        assert not findings[name].ok
        assert setting in findings[name].message + findings[name].mend
    assert "hidden" not in repr(findings)


def test_a_model_server_that_is_away_is_named_without_its_key(tmp_path: Path) -> None:
    speech = {"engine": "openai", "base_url": "http://127.0.0.1:1/v1", "api_key": "hidden"}
    finding = found(settings_for(tmp_path, speech=speech))["speech"]
    assert not finding.ok
    assert "AI_CONSPECTS_SPEECH__BASE_URL" in finding.mend
    assert "hidden" not in repr(finding)


def test_a_port_in_use_is_told(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        assert not found(settings_for(tmp_path), port=taken.getsockname()[1])["port"].ok


@pytest.mark.parametrize("file", ["home"])
def test_a_data_folder_that_is_a_file_is_told(tmp_path: Path, file: str) -> None:
    (tmp_path / file).touch()
    assert "AI_CONSPECTS_HOME" in found(settings_for(tmp_path / file))["data folder"].mend
