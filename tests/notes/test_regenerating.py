"""Notes made again stay the same notes: their ids, what their owner did to them, and no word of theirs overwritten."""

from dataclasses import replace
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from ai_conspects.engines.language_model.openai import OpenAIModel
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.scripted import LECTURE
from tests.stubs.note_taker import a_note, given
from tests.stubs.openai_server import Fail, OpenAIServer, Say


@pytest.fixture
def me(client: TestClient) -> Device:
    return register(client)


@pytest.fixture
def bench(bench: Bench, model_server: OpenAIServer) -> Bench:
    model = OpenAIModel(model_server.url, "", "stub", context_tokens=16_000, timeout_s=20)
    bench.engines = replace(bench.engines, language_model=model)
    return bench


def note_of(*ids: int, title: str = "", tags: tuple[str, ...] = ()) -> dict[str, Any]:
    claims = [{"text": LECTURE[i], "sentence_ids": [i]} for i in ids]
    sections = [{"heading": "Сказано", "claims": claims}]
    return a_note(title=title or LECTURE[ids[0]], summary=claims[:1], sections=sections, tags=list(tags))


def says(server: OpenAIServer, *notes: dict[str, Any]) -> None:
    server.chat.clear()
    server.says(Say({"notes": list(notes)}))


def make(client: TestClient, bench: Bench, me: Device) -> list[Any]:
    body = {"id": "one", "content": "\n\n".join(LECTURE), "language": "ru"}
    assert client.post("/v1/recordings/import", json=body, headers=me.headers).status_code == 201
    bench.run_all()
    return notes(client, me)


def again(client: TestClient, bench: Bench, me: Device, url: str = "/v1/recordings/one", **wanted: Any) -> None:
    answer = client.post(f"{url}/regenerate", json=wanted, headers=me.headers)
    assert answer.status_code == 202, answer.text
    assert answer.json()["status"] == "processing"
    bench.run_all()


def notes(client: TestClient, me: Device) -> list[Any]:
    items = client.get("/v1/notes?recording_id=one&sort=created_at", headers=me.headers).json()["items"]
    return sorted(items, key=lambda note: note["id"])


def patch(client: TestClient, me: Device, note: Any, **changed: Any) -> None:
    assert client.patch(f"/v1/notes/{note['id']}", json=changed, headers=me.headers).status_code == 200


def test_notes_keep_their_ids_and_what_was_set_by_hand(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    says(model_server, note_of(0, tags=("нейронная сеть",)), note_of(3))
    first, second = make(client, bench, me)
    patch(client, me, first, is_favorite=True, is_read=True, tags=["мой тег", *(t["name"] for t in first["tags"])])
    client.patch(f"/v1/notes/{second['id']}", json={"is_read": True}, headers=me.headers)
    says(model_server, note_of(1), note_of(4))
    again(client, bench, me)
    one, two = notes(client, me)
    assert [one["id"], two["id"]] == [first["id"], second["id"]]
    assert LECTURE[1].rstrip(".") in one["content"]
    assert LECTURE[0].rstrip(".") not in one["content"]
    assert (one["is_favorite"], one["is_read"], two["is_read"]) == (True, True, True)
    assert "мой тег" in [tag["name"] for tag in one["tags"]]
    assert [one["quote"] for one in two["citations"]] == [LECTURE[4]]
    assert one["proposal"] is two["proposal"] is None


def test_an_edited_text_is_not_overwritten_and_the_new_one_is_shown_beside(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    says(model_server, note_of(0))
    (old,) = make(client, bench, me)
    patch(client, me, old, title="Мой заголовок", content="Моё [1] слово.")
    says(model_server, note_of(1, title="Каждый нейрон складывает входы"))
    again(client, bench, me)
    (kept,) = notes(client, me)
    assert (kept["title"], kept["content"]) == ("Мой заголовок", "Моё [1] слово.")
    assert kept["summary"] == LECTURE[1]
    assert [one["quote"] for one in kept["citations"]] == [LECTURE[0]]  # what its [1] means
    assert kept["proposal"]["title"] == "Каждый нейрон складывает входы"
    assert LECTURE[1].rstrip(".") in kept["proposal"]["content"]

    url = f"/v1/notes/{kept['id']}/proposal"
    taken = client.post(url, json={"fields": ["content"]}, headers=me.headers).json()
    assert LECTURE[1].rstrip(".") in taken["content"]
    assert [one["quote"] for one in taken["citations"]] == [LECTURE[1]]
    assert taken["title"] == "Мой заголовок"
    assert taken["edited_fields"] == ["title"]
    assert taken["proposal"]["content"] is None
    assert client.delete(url, headers=me.headers).status_code == 204
    assert notes(client, me)[0]["proposal"] is None
    assert client.post(url, headers=me.headers).json()["code"] == "nothing_proposed"


def test_a_note_with_its_owners_hand_in_it_stays_when_the_recording_gives_fewer(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    says(model_server, note_of(0), note_of(2), note_of(4))
    first, second, third = make(client, bench, me)
    patch(client, me, third, summary="Это я написал.")
    says(model_server, note_of(0))
    again(client, bench, me)
    kept = notes(client, me)
    assert [note["id"] for note in kept] == [first["id"], third["id"]]
    assert kept[1]["summary"] == "Это я написал."
    assert kept[1]["proposal"]["is_superseded"]
    assert client.get(f"/v1/notes/{second['id']}", headers=me.headers).status_code == 404


def test_after_a_corrected_transcript_the_notes_are_the_same_notes(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    says(model_server, note_of(0))
    (old,) = make(client, bench, me)
    patch(client, me, old, title="Мой заголовок")
    segments = client.get("/v1/recordings/one/transcript", headers=me.headers).json()["segments"]
    corrected = {"segments": [{"id": segments[1]["id"], "text": "Каждый нейрон складывает входы."}]}
    assert client.patch("/v1/recordings/one/transcript", json=corrected, headers=me.headers).status_code == 200
    bench.run_all()
    (kept,) = notes(client, me)
    assert (kept["id"], kept["title"]) == (old["id"], "Мой заголовок")


def test_one_note_is_made_again_of_its_own_part_alone(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    says(model_server, note_of(0), note_of(3))
    first, second = make(client, bench, me)
    model_server.requests.clear()
    model_server.chat.clear()

    def answer(body: dict[str, Any]) -> dict[str, Any]:
        assert [line for _, line in given(body)] == list(LECTURE[3:])
        claims = [{"text": LECTURE[4], "sentence_ids": [1]}]
        return {"notes": [a_note(title=LECTURE[4], summary=claims, sections=[{"heading": "", "claims": claims}])]}

    model_server.says(Say(answer))
    again(client, bench, me, f"/v1/notes/{second['id']}", template="lecture", analysis_depth="deep")
    one, two = notes(client, me)
    assert one == first | {"updated_at": one["updated_at"], "related_topics": one["related_topics"]}
    assert (two["id"], two["title"], two["template"]) == (second["id"], LECTURE[4], "lecture")
    assert [one["quote"] for one in two["citations"]] == [LECTURE[4]]
    says(model_server, note_of(1), note_of(2))
    again(client, bench, me)  # and the whole recording is whole again
    assert [note["title"] for note in notes(client, me)] == [LECTURE[1], LECTURE[2]]


def test_settings_of_the_last_time_are_kept_and_others_go_over_them(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    says(model_server, note_of(0))
    make(client, bench, me)
    again(client, bench, me, template="meeting", max_notes_per_recording=2)
    again(client, bench, me, analysis_depth="brief")
    system = model_server.requests[-1][1]["messages"][0]["content"]
    assert "`form`" in system
    assert "не больше 2" in system
    assert "кратко" in system
    assert notes(client, me)[0]["template"] == "meeting"


def test_what_failed_is_completed_by_asking_again(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    model_server.says(Say("no"), Say("no"))
    assert make(client, bench, me) == []
    assert client.get("/v1/recordings/one", headers=me.headers).json()["status"] == "failed"
    says(model_server, note_of(0))
    again(client, bench, me)
    assert len(notes(client, me)) == 1
    assert client.get("/v1/recordings/one", headers=me.headers).json()["status"] == "completed"


def test_only_ones_own_idle_recordings_are_made_again(
    client: TestClient, bench: Bench, me: Device, model_server: OpenAIServer
) -> None:
    model_server.says(Fail(503))
    make(client, bench, me)
    url = "/v1/recordings/one/regenerate"
    assert client.post(url, headers=me.headers).json()["code"] == "recording_busy"
    other = register(client, "other")
    assert client.post(url, headers=other.headers).status_code == 404
    assert client.post(f"/v1/notes/{uuid4()}/regenerate", headers=me.headers).status_code == 404
    assert client.post(url, json={"languages": "en"}, headers=me.headers).status_code == 422
    typed = client.post("/v1/notes", json={"title": "T", "content": "Text."}, headers=me.headers).json()
    refused = client.post(f"/v1/notes/{typed['id']}/regenerate", headers=me.headers)
    assert refused.json()["code"] == "note_without_recording"
    for call in (client.post, client.delete):
        assert call(f"/v1/notes/{typed['id']}/proposal", headers=other.headers).status_code == 404
