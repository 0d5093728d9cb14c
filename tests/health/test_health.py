"""Liveness, and readiness that names what is missing."""

import pytest
from fastapi.testclient import TestClient
from pydantic import SecretStr

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.db import connect
from ai_conspects.core.settings import Settings
from ai_conspects.main import create_app
from tests.builders import as_owner


def with_broker(settings: Settings, url: str) -> Settings:
    return settings.model_copy(update={"celery_broker_url": SecretStr(url)})


def test_a_process_that_answers_is_alive(client: TestClient) -> None:
    answer = client.get("/v1/health/live")

    assert (answer.status_code, answer.json()) == (200, {"status": "alive"})


def test_with_every_part_there_the_server_is_ready(parts: Parts, broker_url: str) -> None:
    settings = with_broker(parts.settings, broker_url)
    whole = Parts(settings, parts.database, parts.store, parts.language_model, parts.embeddings)
    with TestClient(create_app(whole)) as client:
        answer = client.get("/v1/health/ready")

    assert answer.status_code == 200
    assert answer.json() == {
        "status": "ready",
        "parts": {"database": "ok", "migrations": "ok", "store": "ok", "queue": "ok"},
    }


@pytest.mark.parametrize("url", ["", "redis://127.0.0.1:1/0", "redis+socket:///nonexistent?virtual_host=0"])
def test_without_the_queue_the_server_is_degraded_but_ready(parts: Parts, url: str) -> None:
    settings = with_broker(parts.settings, url)
    without = Parts(settings, parts.database, parts.store, parts.language_model, parts.embeddings)
    with TestClient(create_app(without)) as client:
        answer = client.get("/v1/health/ready")

    assert answer.status_code == 200
    assert answer.json()["status"] == "degraded"
    assert answer.json()["parts"]["queue"] == "missing"


def test_a_database_that_is_away_is_named(parts: Parts) -> None:
    nowhere = connect("postgresql://nobody@/nothing?host=/nonexistent", ring=lambda _: None)
    without = Parts(parts.settings, nowhere, parts.store, parts.language_model, parts.embeddings)
    with TestClient(create_app(without)) as client:
        answer = client.get("/v1/health/ready")

    assert answer.status_code == 503
    assert answer.json()["code"] == "not_ready"
    assert [error["loc"] for error in answer.json()["errors"]] == [["database"], ["migrations"]]


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM alembic_version",
        "DROP TABLE alembic_version",
        "ALTER TABLE note_chunks ALTER COLUMN embedding TYPE vector(1536)",
    ],
)
def test_a_schema_that_does_not_fit_is_named(client: TestClient, parts: Parts, change: str) -> None:
    as_owner(parts, change)

    answer = client.get("/v1/health/ready")

    assert answer.status_code == 503
    assert answer.json()["errors"] == [{"loc": ["migrations"], "msg": "missing"}]


def test_a_schema_of_a_later_release_will_do(client: TestClient, parts: Parts) -> None:
    """While a release is rolled out, the old one runs on the new schema."""
    as_owner(parts, "UPDATE alembic_version SET version_num = 'of a later release'")

    assert client.get("/v1/health/ready").status_code == 200
