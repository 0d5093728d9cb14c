"""`/v1/notes`: written, read, changed, removed, by their owner alone; and what a person wrote is remembered."""

from concurrent.futures import ThreadPoolExecutor
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.models import Note, NoteChunk, NoteRefresh
from tests.accounts.devices import register
from tests.bench import Bench
from tests.notes.notes import write


def test_a_written_note_has_computed_figures_and_none_that_nobody_measured(client: TestClient) -> None:
    me = register(client).headers
    answer = client.post(
        "/v1/notes",
        json={"title": " Сети \n и веса ", "content": "# Сети\n\n- Нейрон складывает входы.", "tags": ["ИИ"]},
        headers=me,
    )
    note = answer.json()
    assert answer.status_code == 201
    assert answer.headers["Location"] == f"/v1/notes/{note['id']}"
    assert (note["title"], note["type"], note["language"]) == ("Сети и веса", "manual", "ru")
    assert note["metadata"]["confidence"] is None
    assert note["metadata"]["engine"] == "person"
    assert note["tags"][0]["confidence"] is None
    assert (note["citations"], note["sources"], note["source_recording_id"]) == ([], [], None)
    assert client.get(f"/v1/notes/{note['id']}?peek=true", headers=me).json() == note


def test_a_written_note_is_cut_into_chunks_without_marks_at_once(client: TestClient, parts: Parts) -> None:
    me = register(client)
    note = write(
        client, me.headers, title="Garden", summary="What to plant.", content="## Plan\n> 1. **Roses** \\* [1] tea\n"
    )
    with parts.database.transaction(as_system="a test") as session:
        chunks = session.scalars(select(NoteChunk).where(NoteChunk.note_id == UUID(note["id"]))).all()
        assert sorted((c.position, c.text, c.is_authored) for c in chunks) == [
            (0, "Garden. What to plant.", False),
            (1, "Plan **Roses** * tea", True),
        ]
        assert session.scalars(select(NoteRefresh.note_id)).all() == [UUID(note["id"])]


def test_an_etag_spares_the_body_and_views_dont_change_it(client: TestClient) -> None:
    me = register(client).headers
    note = write(client, me)
    path = f"/v1/notes/{note['id']}"
    first = client.get(path, headers=me)
    second = client.get(path, headers=me)
    assert [first.json()["view_count"], second.json()["view_count"]] == [1, 2]
    assert first.headers["ETag"] == second.headers["ETag"]
    not_changed = client.get(path, headers=me | {"If-None-Match": first.headers["ETag"]})
    assert (not_changed.status_code, not_changed.content) == (304, b"")
    peeked = client.get(path, params={"peek": True}, headers=me).json()
    assert (peeked["view_count"], peeked["is_read"], peeked["updated_at"]) == (2, False, note["updated_at"])


def test_a_note_is_markdown_to_who_accepts_that(client: TestClient) -> None:
    me, other = register(client).headers, register(client, "other").headers
    note = write(client, me, title="Сад", content="## План\n\nРозы и чай.")
    path = f"/v1/notes/{note['id']}"
    answer = client.get(path, headers=me | {"Accept": "text/markdown"})
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.text == client.get(f"{path}.md", headers=me).text
    assert "## План" in answer.text
    assert answer.headers["Vary"] == "Accept"
    assert client.get(path, headers=me | {"Accept": "application/json, text/markdown"}).json()["id"] == note["id"]
    assert client.get(path, headers=other | {"Accept": "text/markdown"}).status_code == 404


def test_a_renamed_tag_changes_what_is_shown_but_is_no_reason_to_refuse_an_edit(client: TestClient) -> None:
    me = register(client).headers
    note = write(client, me, content="words")
    path = f"/v1/notes/{note['id']}"
    etag = client.get(path, headers=me).headers["ETag"]
    write(client, me)
    assert client.get(path, headers=me).headers["ETag"] == etag
    changed = client.patch(path, json={"is_read": True}, headers=me | {"If-Match": etag})
    assert (changed.status_code, changed.headers["ETag"] != etag) == (200, True)
    assert client.patch(path, json={"title": "x"}, headers=me | {"If-Match": etag}).status_code == 412
    assert client.delete(path, headers=me | {"If-Match": etag}).status_code == 412
    assert client.patch(path, json={"title": "x"}, headers=me | {"If-Match": "*"}).status_code == 200


def test_of_two_edits_of_one_state_one_is_refused(client: TestClient) -> None:
    me = register(client).headers
    path = f"/v1/notes/{write(client, me)['id']}"
    etag = client.get(path, headers=me).headers["ETag"]

    def edit(number: int) -> int:
        sent = {"content": f"mine {number}"}
        return client.patch(path, json=sent, headers=me | {"If-Match": etag}).status_code

    with ThreadPoolExecutor(6) as pool:
        assert sorted(pool.map(edit, range(6))) == [200] + [412] * 5


def test_what_a_person_edited_is_remembered_and_marks_are_not_edits(client: TestClient, bench: Bench) -> None:
    me = register(client)
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    (note,) = client.get("/v1/notes", params={"recording_id": str(recording_id)}, headers=me.headers).json()["items"]
    path = f"/v1/notes/{note['id']}"
    client.patch(path, json={"is_favorite": True, "title": note["title"]}, headers=me.headers)
    assert remembered(bench, note["id"]) == (False, [])
    client.patch(path, json={"title": "Моё название"}, headers=me.headers)
    client.patch(path, json={"tags": ["моё"]}, headers=me.headers)
    assert remembered(bench, note["id"]) == (True, ["tags", "title"])
    client.post("/v1/notes/bulk", json={"action": "untag", "ids": [note["id"]], "tags": ["Моё"]}, headers=me.headers)
    assert remembered(bench, note["id"]) == (True, ["title", "tags"])


def remembered(bench: Bench, note_id: str) -> tuple[bool, list[str]]:
    with bench.database.transaction(as_system="a test") as session:
        note = session.get_one(Note, UUID(note_id))
        return note.edited_at is not None, note.edited_fields


def test_an_edited_recording_keeps_what_was_said_beside_what_was_written(client: TestClient, bench: Bench) -> None:
    me = register(client)
    bench.submit(me.user_id)
    bench.run_all()
    (note,) = client.get("/v1/notes", headers=me.headers).json()["items"]
    with bench.database.transaction(as_system="a test") as session:
        said = {chunk.id: chunk.text for chunk in session.scalars(select(NoteChunk)) if chunk.position > 0}
    for content in ("Первая мысль.", "Вторая мысль."):
        client.patch(f"/v1/notes/{note['id']}", json={"content": content, "title": "Другое"}, headers=me.headers)
    with bench.database.transaction(as_system="a test") as session:
        chunks = session.scalars(select(NoteChunk).order_by(NoteChunk.position)).all()
    assert chunks[0].text.startswith("Другое. ")
    assert chunks[0].embedding is None
    assert {c.id: c.text for c in chunks[1:] if not c.is_authored} == said
    assert [c.text for c in chunks if c.is_authored] == ["Вторая мысль."]
    assert client.get(f"/v1/notes/{note['id']}", headers=me.headers).json()["citations"] == note["citations"]


def test_a_long_note_is_taken_whole_and_a_longer_one_refused(client: TestClient) -> None:
    me = register(client).headers
    for content in (
        "слово " * 16_666 + "уууу",
        "w" * 100_000,
        "\n" * 100_000,
        " " * 100_000,
        "а.\n" * 33_333,
        "- 1. > " * 14_000,
    ):
        assert write(client, me, content=content)["content"] == content
    sent = {"title": "t", "content": "w" * 100_001}
    assert client.post("/v1/notes", json=sent, headers=me).status_code == 422


HOSTILE = [
    '{"title": "a\\u0000", "content": ""}',
    '{"title": "a", "content": "\\ud800"}',
    '{"title": "a", "content": "", "tags": ["\\udfff"]}',
    '{"title": "a", "content": "", "language": "\\u0000"}',
    '{"title": "a", "content": "", "user_id": "x"}',
    '{"title": " ", "content": ""}',
    '{"title": "a", "content": 99999999999999999999999999999999}',
    '{"title": "a", "content": "", "tags": [' + ",".join(f'"{n}"' for n in range(51)) + "]}",
    '{"title": "a", "content": "", "is_favorite": 1e999}',
    '{"\\ud800": 1}',
    "[" * 50_000,
]


def test_what_is_no_note_is_refused_and_nothing_breaks(client: TestClient) -> None:
    me = register(client).headers
    path = f"/v1/notes/{write(client, me)['id']}"
    kind = {"Content-Type": "application/json"}
    for body in [*HOSTILE, "{}", '{"title": null}', '{"tags": null}']:
        for answer in (
            client.post("/v1/notes", content=body, headers=me | kind),
            client.patch(path, content=body, headers=me | kind),
            client.post("/v1/notes/bulk", content=body, headers=me | kind),
        ):
            assert answer.status_code in {400, 422}, (body[:60], answer.text)
    for note_id in ("x", "9" * 400, "%00", "..%2f..", str(uuid4()) + "0"):
        assert client.get(f"/v1/notes/{note_id}", headers=me).status_code in {400, 404, 422}


def test_another_users_note_is_not_there(client: TestClient) -> None:
    theirs = write(client, register(client, "a").headers, tags=["secret"])
    me = register(client, "b").headers
    for note_id in (theirs["id"], str(uuid4())):
        path = f"/v1/notes/{note_id}"
        for answer in (
            client.get(path, headers=me),
            client.get(path, headers=me | {"If-None-Match": "*"}),
            client.patch(path, json={"title": "x"}, headers=me),
            client.patch(path, json={"title": "x"}, headers=me | {"If-Match": '"x"'}),
            client.delete(path, headers=me),
        ):
            assert (answer.status_code, answer.json()["detail"]) == (404, "Note not found")
        for action in ("favorite", "read", "delete", "tag"):
            sent = {"action": action, "ids": [note_id]} | ({"tags": ["t"]} if action == "tag" else {})
            results = client.post("/v1/notes/bulk", json=sent, headers=me).json()["results"]
            assert results == [{"id": note_id, "status": "not_found"}]
    assert client.get("/v1/notes", params={"tag": "secret"}, headers=me).json()["items"] == []


def test_a_removed_note_is_gone_with_all_that_hangs_on_it(client: TestClient, bench: Bench) -> None:
    me = register(client)
    bench.submit(me.user_id)
    bench.run_all()
    (note,) = client.get("/v1/notes", headers=me.headers).json()["items"]
    assert client.delete(f"/v1/notes/{note['id']}", headers=me.headers).status_code == 204
    assert client.delete(f"/v1/notes/{note['id']}", headers=me.headers).status_code == 404
    with bench.database.transaction(as_system="a test") as session:
        assert session.scalars(select(NoteChunk)).all() == []


def test_bulk_says_what_became_of_each(client: TestClient) -> None:
    me = register(client).headers
    notes = [write(client, me)["id"] for _ in range(3)]
    missing = str(uuid4())

    def act(action: str, **more: object) -> list[str]:
        sent = {"action": action, "ids": [*notes, missing], **more}
        return [one["status"] for one in client.post("/v1/notes/bulk", json=sent, headers=me).json()["results"]]

    client.patch(f"/v1/notes/{notes[0]}", json={"is_favorite": True}, headers=me)
    assert act("favorite") == ["unchanged", "done", "done", "not_found"]
    assert act("read") == ["done"] * 3 + ["not_found"]
    assert act("tag", tags=["a", "b", "A"]) == ["done"] * 3 + ["not_found"]
    assert act("tag", tags=["B"]) == ["unchanged"] * 3 + ["not_found"]
    assert act("untag", tags=["b", "c"]) == ["done"] * 3 + ["not_found"]
    shown = client.get("/v1/notes", headers=me).json()["items"]
    assert {(n["is_favorite"], n["is_read"], n["tags"][0]["name"], len(n["tags"])) for n in shown} == {
        (True, True, "a", 1)
    }
    assert act("delete") == ["done"] * 3 + ["not_found"]
    assert act("delete") == ["not_found"] * 4


@pytest.mark.parametrize(
    "body",
    [
        {"action": "tag", "ids": [str(uuid4())]},
        {"action": "read", "ids": [str(uuid4())], "tags": ["a"]},
        {"action": "read", "ids": []},
        {"action": "read", "ids": ["0" * 32] * 2},
        {"action": "read", "ids": [str(uuid4()) for _ in range(501)]},
        {"action": "explode", "ids": [str(uuid4())]},
    ],
)
def test_a_bulk_that_makes_no_sense_is_refused(client: TestClient, body: dict[str, object]) -> None:
    assert client.post("/v1/notes/bulk", json=body, headers=register(client).headers).status_code == 422


def test_hundreds_at_once_take_a_handful_of_statements(client: TestClient, parts: Parts) -> None:
    from sqlalchemy import event

    me = register(client)
    with parts.database.transaction(as_system="a test") as session:
        notes = [a_note(me.user_id) for _ in range(500)]
        session.add_all(notes)
    ids = [str(note.id) for note in notes]
    statements: list[str] = []
    event.listen(parts.database.engine, "before_cursor_execute", lambda *args: statements.append(args[2]))
    sent = {"action": "tag", "ids": ids, "tags": ["a", "b"]}
    answer = client.post("/v1/notes/bulk", json=sent, headers=me.headers)
    assert {one["status"] for one in answer.json()["results"]} == {"done"}
    assert len(statements) < 15


def a_note(user_id: UUID) -> Note:
    return Note(
        user_id=user_id, title="t", content="c", language="en", complexity_level="basic", engine="e", reading_time=1
    )
