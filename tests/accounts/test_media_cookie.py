"""The cookie by which a browser plays audio: good for reading audio and the export, and for nothing else."""

from fastapi.testclient import TestClient

from ai_conspects.accounts.media_cookie import NAME
from tests.accounts.devices import Device, register
from tests.bench import Bench


def listener(client: TestClient, bench: Bench) -> tuple[Device, str]:
    """Somebody with a recording, and its address."""
    me = register(client)
    bench.submit(me.user_id)
    bench.run_all()
    recording = client.get("/v1/recordings", headers=me.headers).json()["items"][0]["id"]
    assert client.put("/v1/users/me/cookie", headers=me.headers).status_code == 204
    return me, f"/v1/recordings/{recording}"


def test_audio_is_played_by_the_cookie_alone_from_any_second(client: TestClient, bench: Bench) -> None:
    _, recording = listener(client, bench)
    answer = client.get(f"{recording}/audio", headers={"Range": "bytes=100-199"})
    assert (answer.status_code, len(answer.content)) == (206, 100)
    assert client.head(f"{recording}/audio").status_code == 200
    assert client.get("/v1/users/me/export").status_code == 200


def test_the_cookie_is_out_of_reach_of_scripts_and_other_sites(client: TestClient) -> None:
    me = register(client)
    said = client.put("/v1/users/me/cookie", headers=me.headers).headers["set-cookie"]
    assert {"HttpOnly", "SameSite=strict", "Path=/v1", "Max-Age=900"} <= {part.strip() for part in said.split(";")}


def test_the_cookie_opens_nothing_else(client: TestClient, bench: Bench) -> None:
    _, recording = listener(client, bench)
    for path in (recording, f"{recording}/transcript", f"{recording}/peaks", "/v1/notes", "/v1/users/me"):
        assert client.get(path).status_code == 401, path
    assert client.delete(recording).status_code == 401
    assert client.put("/v1/users/me/cookie").status_code == 401


def test_the_cookie_ends_with_its_session(client: TestClient, bench: Bench) -> None:
    me, recording = listener(client, bench)
    client.post("/v1/auth/logout", headers=me.headers)
    assert client.get(f"{recording}/audio").status_code == 401


def test_the_cookie_of_one_user_plays_nothing_of_another(client: TestClient, bench: Bench) -> None:
    _, recording = listener(client, bench)
    other = register(client, "other")
    client.put("/v1/users/me/cookie", headers=other.headers)
    assert NAME in client.cookies
    assert client.get(f"{recording}/audio").status_code == 404


def test_a_recording_is_drawn_as_a_wave(client: TestClient, bench: Bench) -> None:
    me, recording = listener(client, bench)
    drawn = client.get(f"{recording}/peaks", headers=me.headers).json()
    assert drawn["duration"] == 10.0
    assert 90 <= len(drawn["peaks"]) <= 101
    assert min(drawn["peaks"][1:-1]) > 90  # a steady tone is as loud all along
