"""`/v1/tags`: one tag for one word, whoever makes it, however it is written."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient

from tests.accounts.devices import register
from tests.notes.notes import write


def make(client: TestClient, headers: dict[str, str], name: str) -> dict[str, Any]:
    answer = client.post("/v1/tags", json={"name": name}, headers=headers)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


def test_a_tag_is_made_listed_renamed_recoloured_and_removed(client: TestClient) -> None:
    me = register(client).headers
    tag = make(client, me, "  Квантовая   физика ")
    assert tag["name"] == "Квантовая физика"
    assert tag["note_count"] == 0
    write(client, me, tags=["квантовая ФИЗИКА"])
    listed = client.get("/v1/tags", headers=me).json()
    assert listed == {"items": [tag | {"note_count": 1}], "next_cursor": None}
    changed = client.patch(f"/v1/tags/{tag['id']}", json={"name": "физика", "color": "#00ff7f"}, headers=me).json()
    assert changed == tag | {"name": "физика", "color": "#00ff7f", "note_count": 1}
    assert client.delete(f"/v1/tags/{tag['id']}", headers=me).status_code == 204
    assert client.get("/v1/tags", headers=me).json()["items"] == []
    assert client.get("/v1/notes", headers=me).json()["items"][0]["tags"] == []


@pytest.mark.parametrize("other", ["ЙОД", "и\u0306од", " йод ", "Йод"])
def test_a_name_is_one_whatever_its_case_and_unicode_form(client: TestClient, other: str) -> None:
    me = register(client).headers
    make(client, me, "йод")
    answer = client.post("/v1/tags", json={"name": other}, headers=me)
    assert (answer.status_code, answer.json()["code"]) == (409, "tag_exists")
    assert "“йод”" in answer.json()["detail"]


def test_full_width_letters_are_the_same_letters(client: TestClient) -> None:
    me = register(client).headers
    make(client, me, "CPU")
    assert client.post("/v1/tags", json={"name": "ＣＰＵ"}, headers=me).status_code == 409


def test_two_users_may_have_the_same_tag(client: TestClient) -> None:
    make(client, register(client, "a").headers, "физика")
    make(client, register(client, "b").headers, "физика")


def test_of_many_who_make_a_tag_at_once_one_succeeds(client: TestClient) -> None:
    me = register(client).headers
    names = ["Ёлка", "ёлка", "ЁЛКА", "е\u0308лка"] * 4
    answers = at_once([partial(client.post, "/v1/tags", json={"name": name}, headers=me) for name in names])
    assert sorted(answer.status_code for answer in answers) == [201] + [409] * 15
    assert len(client.get("/v1/tags", headers=me).json()["items"]) == 1


def test_notes_written_at_once_with_the_same_new_tags_share_them(client: TestClient) -> None:
    me = register(client).headers
    first = [f"тема {n}" for n in range(20)]
    body = {"title": "t", "content": "c"}
    orders = [first, first[::-1], [name.upper() for name in first], [name.upper() for name in first[::-1]]]
    answers = at_once([partial(client.post, "/v1/notes", json=body | {"tags": tags}, headers=me) for tags in orders])
    assert [answer.status_code for answer in answers] == [201] * 4
    items = client.get("/v1/tags", headers=me).json()["items"]
    assert [item["note_count"] for item in items] == [4] * 20


def test_a_rename_onto_another_tag_is_refused_and_a_new_spelling_of_its_own_is_not(client: TestClient) -> None:
    me = register(client).headers
    one, _ = make(client, me, "one"), make(client, me, "two")
    refused = client.patch(f"/v1/tags/{one['id']}", json={"name": "TWO"}, headers=me)
    assert (refused.status_code, refused.json()["code"]) == (409, "tag_exists")
    assert client.patch(f"/v1/tags/{one['id']}", json={"name": "ONE"}, headers=me).json()["name"] == "ONE"


def test_merged_tags_leave_each_note_with_one(client: TestClient) -> None:
    me = register(client).headers
    both, one, other = write(client, me, tags=["ml", "ai"]), write(client, me, tags=["ml"]), write(client, me)
    tags = {tag["name"]: tag["id"] for tag in client.get("/v1/tags", headers=me).json()["items"]}
    merged = client.post(f"/v1/tags/{tags['ml']}/merge", json={"into": tags["ai"]}, headers=me)
    assert merged.json()["note_count"] == 2
    shown = {note["id"]: note["tags"] for note in client.get("/v1/notes", headers=me).json()["items"]}
    assert [[tag["name"] for tag in shown[note["id"]]] for note in (both, one, other)] == [["ai"], ["ai"], []]
    assert client.post(f"/v1/tags/{tags['ai']}/merge", json={"into": tags["ai"]}, headers=me).status_code == 422
    assert client.get(f"/v1/tags/{tags['ml']}", headers=me).status_code == 404


def test_tags_come_a_page_at_a_time_in_the_order_of_their_names(client: TestClient) -> None:
    me = register(client).headers
    names = ["б", "А", "в", "Г", "д"]
    for name in names:
        make(client, me, name)
    seen, cursor = [], None
    while True:
        page = client.get("/v1/tags", params={"limit": 2} | ({"cursor": cursor} if cursor else {}), headers=me).json()
        seen += [tag["name"] for tag in page["items"]]
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert seen == ["А", "б", "в", "Г", "д"]


@pytest.mark.parametrize(
    "body",
    [
        '{"name": ""}', '{"name": "   "}', '{"name": "a\\u0000b"}', '{"name": "\\ud800"}', '{"name": "a\\u0007"}',
        '{"name": 1}', '{"name": "' + "x" * 51 + '"}', '{"name": "a", "color": "red; x"}', '{"name": "a", "id": 1}',
        "{}", "[]", "null", '{"name": null}',
    ],
)  # fmt: skip
def test_what_is_no_tag_is_refused(client: TestClient, body: str) -> None:
    me = register(client).headers
    answer = client.post("/v1/tags", content=body, headers=me | {"Content-Type": "application/json"})
    assert answer.status_code == 422, answer.text


def test_another_users_tag_is_not_there(client: TestClient) -> None:
    theirs = make(client, register(client, "a").headers, "x")
    me = register(client, "b").headers
    mine = make(client, me, "y")
    for tag_id in (theirs["id"], str(uuid4())):
        for answer in (
            client.get(f"/v1/tags/{tag_id}", headers=me),
            client.patch(f"/v1/tags/{tag_id}", json={"name": "z"}, headers=me),
            client.delete(f"/v1/tags/{tag_id}", headers=me),
            client.post(f"/v1/tags/{tag_id}/merge", json={"into": mine["id"]}, headers=me),
            client.post(f"/v1/tags/{mine['id']}/merge", json={"into": tag_id}, headers=me),
        ):
            assert (answer.status_code, answer.json()["detail"]) == (404, "Tag not found")


def at_once(calls: list[partial[Any]]) -> list[Any]:
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]
