"""What one user may keep is bounded, by every way in; another user goes on, and what is deleted makes room."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.main import create_app
from tests.accounts.devices import Device, register
from tests.audio import tone

GIB = 2**30
SECOND = tone(1.0)
TUS = {"Tus-Resumable": "1.0.0", "Upload-Metadata": "filename YS53YXY="}


def limited(parts: Parts, **limits: Any) -> TestClient:
    settings = parts.settings.model_copy(update={"limits": parts.settings.limits.model_copy(update=limits)})
    return TestClient(create_app(replace(parts, settings=settings)))


def send(client: TestClient, who: Device, name: str, **query: Any) -> tuple[int, str | None]:
    """The status, and the code of an error."""
    answer = client.post("/v1/recordings", params={"id": name, **query}, content=SECOND, headers=who.headers)
    return answer.status_code, answer.json().get("code")


def usage(client: TestClient, who: Device) -> dict[str, Any]:
    told: dict[str, Any] = client.get("/v1/users/me", headers=who.headers).json()["usage"]
    return told


def test_recordings_are_counted_and_deleting_one_makes_room(parts: Parts) -> None:
    with limited(parts, user_recordings=2) as client:
        me, other = register(client, "me"), register(client, "other")
        assert [send(client, me, name)[0] for name in "ab"] == [201, 201]
        assert send(client, me, "c") == (413, "quota_exceeded")
        assert send(client, me, "b")[0] == 200  # what is here already is no more of it
        assert send(client, other, "c")[0] == 201
        assert client.delete("/v1/recordings/a", headers=me.headers).status_code == 204
        assert send(client, me, "c")[0] == 201
        assert (usage(client, me)["recordings"], usage(client, me)["most_recordings"]) == (2, 2)


def test_bytes_are_counted_whichever_way_they_come(parts: Parts) -> None:
    with limited(parts, user_gb=2.5 * len(SECOND) / GIB) as client:
        me = register(client, "me")
        assert send(client, me, "a")[0] == 201
        begun = TUS | me.headers | {"Upload-Length": str(len(SECOND))}
        assert client.post("/v1/uploads", headers=begun).status_code == 201  # announced is as good as kept
        assert usage(client, me)["bytes"] == 2 * len(SECOND)
        assert client.post("/v1/uploads", headers=begun).json()["code"] == "quota_exceeded"
        assert send(client, me, "b") == (413, "quota_exceeded")
        submitted = client.post("/v1/batches/submit", json=batch(me), headers=me.headers)
        assert (submitted.status_code, submitted.json()["code"]) == (413, "quota_exceeded")
        assert usage(client, me)["bytes"] == 2 * len(SECOND)


def batch(who: Device) -> dict[str, Any]:
    from base64 import b64encode

    recording = {"id": "r", "filename": "a.wav", "duration": 1, "created_at": "2026-01-01T00:00:00Z"}
    return {
        "batch_id": "b",
        "device_id": who.device_id,
        "recordings": [recording | {"audio_data": b64encode(SECOND).decode()}],
    }


def test_hours_of_audio_are_counted(parts: Parts) -> None:
    with limited(parts, user_audio_hours=1) as client:
        me = register(client, "me")
        assert send(client, me, "a", duration=3000)[0] == 201
        assert send(client, me, "b", duration=601) == (413, "quota_exceeded")
        assert send(client, me, "c", duration=600)[0] == 201


def test_what_is_refused_leaves_nothing_behind(parts: Parts) -> None:
    with limited(parts, user_gb=1 / GIB) as client:
        me = register(client, "me")
        assert send(client, me, "a") == (413, "quota_exceeded")
        assert list(parts.store.list("")) == []
        assert client.get("/v1/batches", headers=me.headers).json()["items"] == []


@pytest.mark.timeout(60)
def test_many_at_once_get_no_more_in_than_one_after_the_other(parts: Parts) -> None:
    with limited(parts, user_recordings=3) as client:
        me = register(client, "me")
        with ThreadPoolExecutor(6) as crowd:
            answers = list(crowd.map(lambda number: send(client, me, f"r{number}")[0], range(6)))
        assert sorted(answers) == [201] * 3 + [413] * 3


def test_transcripts_and_vaults_that_are_brought_in_count_too(parts: Parts) -> None:
    with limited(parts) as client:
        owner = register(client, "owner")
        assert [send(client, owner, name)[0] for name in "ab"] == [201, 201]
        vault = client.get("/v1/users/me/export", headers=owner.headers).content
    with limited(parts, user_recordings=1) as client:
        me, other = register(client, "me"), register(client, "other")
        told = {"filename": "said.txt", "language": "en", "content": "Somebody said this."}
        brought = [client.post("/v1/recordings/import", json=told | {"id": name}, headers=me.headers) for name in "cd"]
        assert [one.status_code for one in brought] == [201, 413]
        answer = client.post("/v1/users/me/import", content=vault, headers=other.headers)
        assert (answer.status_code, answer.json().get("code")) == (413, "quota_exceeded")
        assert [usage(client, who)["recordings"] for who in (me, other)] == [1, 1]
    assert len(list(parts.store.list(""))) == 3  # the owner's two, and the one for which there was room


def test_without_a_limit_what_is_kept_is_told_all_the_same(client: TestClient) -> None:
    me = register(client, "me")
    assert send(client, me, "a", duration=1)[0] == 201
    most = {"most_recordings": None, "most_bytes": None, "most_audio_s": None}
    assert usage(client, me) == {"recordings": 1, "bytes": len(SECOND), "audio_s": 1.0} | most
