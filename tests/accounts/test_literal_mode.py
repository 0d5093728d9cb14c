"""`AI_CONSPECTS_AUTH__TRUST_DEVICE_ID`: the protocol as it is written, for a closed network."""

from collections.abc import Iterator

import pytest
from fastapi.testclient import TestClient
from structlog.testing import capture_logs

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.settings import AuthSettings, Settings
from ai_conspects.main import create_app


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"auth": AuthSettings(trust_device_id=True)})


@pytest.fixture
def client(parts: Parts) -> Iterator[TestClient]:
    with TestClient(create_app(parts)) as opened:
        yield opened


def test_the_device_id_alone_registers_and_logs_in(client: TestClient) -> None:
    first = client.post("/v1/auth/register?device_id=device-1")
    again = client.post("/v1/auth/register?device_id=device-1")
    login = client.post("/v1/auth/login?device_id=device-1")

    assert [answer.status_code for answer in (first, again, login)] == [200, 200, 200]
    assert first.json()["user_id"] == again.json()["user_id"] == login.json()["user_id"]
    bearer = {"Authorization": f"Bearer {login.json()['access_token']}"}
    assert client.post("/v1/auth/logout", headers=bearer).status_code == 204


def test_an_unknown_device_is_the_protocols_404(client: TestClient) -> None:
    answer = client.post("/v1/auth/login?device_id=nobody")

    assert answer.status_code == 404
    assert answer.json()["detail"] == "Device not found"


def test_every_answer_says_that_the_mode_is_deprecated(client: TestClient) -> None:
    assert client.get("/v1/health/live").headers["Deprecation"].startswith("@")
    assert client.get("/nowhere").headers["Deprecation"].startswith("@")


def test_the_start_says_it_loudly(parts: Parts) -> None:
    with capture_logs() as logs, TestClient(create_app(parts)):
        pass

    assert [(line["event"], line["log_level"]) for line in logs] == [("auth.trusting_device_ids", "warning")]
