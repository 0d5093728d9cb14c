"""Who may register: anybody, whoever was invited, or nobody; decided before anything is looked up."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts import codes
from ai_conspects.accounts.tokens import new_secret
from ai_conspects.core.clock import now
from ai_conspects.core.db import Database
from ai_conspects.core.settings import AuthSettings, Settings


@pytest.fixture
def settings(request: pytest.FixtureRequest, settings: Settings) -> Settings:
    return settings.model_copy(update={"auth": AuthSettings(registration=request.param)})


def invitation(database: Database) -> str:
    with database.transaction(as_system="a test") as session:
        return codes.invite(session, now())


def send(client: TestClient, device_id: str, code: str | None = None, secret: str | None = None) -> tuple[int, str]:
    body = {"device_id": device_id, "invitation": code, "device_secret": secret}
    answer = client.post("/v1/auth/register", json={key: value for key, value in body.items() if value})
    return answer.status_code, answer.json().get("code", "")


@pytest.mark.parametrize("settings", ["closed"], indirect=True)
def test_a_closed_server_takes_nobody(client: TestClient, database: Database) -> None:
    assert send(client, "device-1") == (403, "registration_closed")
    assert send(client, "device-1", invitation(database)) == (403, "registration_closed")


@pytest.mark.parametrize("settings", ["invite"], indirect=True)
class TestByInvitation:
    def test_an_invited_device_gets_in_and_may_ask_again(self, client: TestClient, database: Database) -> None:
        code, secret = invitation(database), new_secret()
        assert send(client, "device-1", code, secret)[0] == 200
        assert send(client, "device-1", code, secret)[0] == 200

    def test_without_a_good_code_nobody_does_and_nothing_is_told(self, client: TestClient, database: Database) -> None:
        code = invitation(database)
        assert send(client, "device-1", code)[0] == 200
        refused = (403, "invitation_needed")
        assert send(client, "device-1") == refused  # known or not: the same answer
        assert send(client, "device-2") == refused
        assert send(client, "device-2", code) == refused
        assert send(client, "device-2", "AAAAA-AAAAA") == refused

    def test_a_refused_registration_leaves_the_code_unused(self, client: TestClient, database: Database) -> None:
        assert send(client, "device-1", invitation(database))[0] == 200
        code = invitation(database)
        assert send(client, "device-1", code)[0] == 409  # the device is known and proves nothing
        assert send(client, "device-2", code)[0] == 200

    def test_of_many_with_one_code_one_gets_in(self, client: TestClient, database: Database) -> None:
        code = invitation(database)
        with ThreadPoolExecutor(4) as pool:
            statuses = list(pool.map(lambda at: send(client, f"device-{at}", code)[0], range(4)))
        assert sorted(statuses) == [200, 403, 403, 403]

    def test_an_old_invitation_is_none(self, client: TestClient, database: Database) -> None:
        with database.transaction(as_system="a test") as session:
            code = codes.invite(session, now() - codes.INVITATION_LIVES)
        assert send(client, "device-1", code) == (403, "invitation_needed")
