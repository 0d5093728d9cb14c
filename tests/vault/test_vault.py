"""`/v1/users/me/export` and `/import`: the same notes come back, once; and what was made to do harm is refused."""

import hashlib
import io
import json
import random
import tracemalloc
import zipfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.models import AudioRecording, Note, NoteChunk, User
from ai_conspects.vault.exporting import Export
from ai_conspects.vault.importing import Import
from ai_conspects.vault.opening import Vault
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.notes.notes import refresh_all, write
from tests.vault.test_note_file import WORDS

CHANGES = {"id", "related_topics"}


def export(client: TestClient, headers: dict[str, str]) -> bytes:
    answer = client.get("/v1/users/me/export", headers=headers)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "application/zip"
    return answer.content


def bring(client: TestClient, headers: dict[str, str], vault: bytes) -> dict[str, Any]:
    answer = client.post("/v1/users/me/import", content=vault, headers=headers | {"Content-Type": "application/zip"})
    assert answer.status_code == 200, answer.text
    came: dict[str, Any] = answer.json()
    return came


def shown(client: TestClient, headers: dict[str, str]) -> list[dict[str, Any]]:
    items = client.get("/v1/notes?sort=created_at&limit=100", headers=headers).json()["items"]
    return [{name: value for name, value in note.items() if name not in CHANGES} for note in items]


def entries(vault: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(vault)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def zipped(files: dict[str, bytes | str]) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in files.items():
            archive.writestr(path, content)
    return made.getvalue()


def a_full_account(client: TestClient, bench: Bench, parts: Parts) -> Device:
    """Two recordings with related notes, a written note and an edited one."""
    me = register(client)
    for _ in range(2):
        bench.submit(me.user_id)
        bench.run_all()
    told(bench)
    content = "# x\n\n---\n\r\nend "
    write(client, me.headers, title='A: "b" / c?', summary="s", content=content, tags=["Два слова", "C++"])
    note = client.get("/v1/notes?type=recording", headers=me.headers).json()["items"][0]
    client.patch(f"/v1/notes/{note['id']}", json={"summary": "Своё", "is_favorite": True}, headers=me.headers)
    refresh_all(parts)
    return me


def told(bench: Bench, most: int = 1 << 20) -> None:
    """The rows of the recordings say what their audio is, as a submit's do."""
    with bench.database.transaction(as_system="a test") as session:
        for row in session.scalars(select(AudioRecording)):
            audio = b"".join(bench.engines.store.read(row.s3_key or "", 0, most))
            row.sha256, row.file_size = hashlib.sha256(audio).digest(), len(audio)


def test_a_vault_gives_the_same_notes_back_to_another_account(client: TestClient, bench: Bench, parts: Parts) -> None:
    me = a_full_account(client, bench, parts)
    vault = export(client, me.headers)
    other = register(client, "other")
    came = bring(client, other.headers, vault)
    assert came == {
        "notes": {"imported": 3, "existing": 0},
        "recordings": {"imported": 2, "existing": 0},
        "relationships": came["relationships"],
        "problems": [],
    }
    assert came["relationships"] >= 1
    assert shown(client, other.headers) == shown(client, me.headers)
    mine, theirs = (client.get("/v1/graph", headers=one.headers).json()["edges"] for one in (me, other))
    assert [(e["relationship_type"], e["strength"], e["description"]) for e in theirs] == [
        (e["relationship_type"], e["strength"], e["description"]) for e in mine
    ]


def test_the_recording_comes_with_its_audio_and_transcript(client: TestClient, bench: Bench, parts: Parts) -> None:
    me = a_full_account(client, bench, parts)
    other = register(client, "other")
    bring(client, other.headers, export(client, me.headers))
    recording_id = shown(client, me.headers)[0]["source_recording_id"]
    for path in ("audio", "transcript", "transcript.srt"):
        mine, theirs = (client.get(f"/v1/recordings/{recording_id}/{path}", headers=d.headers) for d in (me, other))
        assert theirs.status_code == mine.status_code == 200
        if path == "transcript":
            assert [s["text"] for s in theirs.json()["segments"]] == [s["text"] for s in mine.json()["segments"]]
        else:
            assert theirs.content == mine.content
    status = client.get(f"/v1/recordings/{recording_id}", headers=other.headers).json()
    assert (status["status"], status["progress"]) == ("completed", 100)
    segment = client.get(f"/v1/recordings/{recording_id}/transcript", headers=other.headers).json()["segments"][0]
    corrected = {"segments": [{"id": segment["id"], "text": "Совсем другое предложение о сетях."}]}
    answer = client.patch(f"/v1/recordings/{recording_id}/transcript", json=corrected, headers=other.headers)
    assert answer.status_code == 200
    bench.run_all()
    assert client.get(f"/v1/recordings/{recording_id}", headers=other.headers).json()["status"] == "completed"


def test_a_second_import_doubles_nothing(client: TestClient, bench: Bench, parts: Parts) -> None:
    me = a_full_account(client, bench, parts)
    vault = export(client, me.headers)
    before = shown(client, me.headers), objects(parts)
    again = bring(client, me.headers, vault)
    assert (again["notes"], again["recordings"]) == ({"imported": 0, "existing": 3}, {"imported": 0, "existing": 2})
    other = register(client, "other")
    bring(client, other.headers, vault)
    after = objects(parts)
    assert bring(client, other.headers, vault)["notes"] == {"imported": 0, "existing": 3}
    assert (shown(client, me.headers), objects(parts)) == (before[0], after)
    returned = export(client, other.headers)  # and back again: it is still the same notes
    assert bring(client, me.headers, returned)["notes"] == {"imported": 0, "existing": 3}


def objects(parts: Parts) -> int:
    return len(list(parts.store.list("")))


def test_the_vault_opens_as_obsidian_has_it(client: TestClient, bench: Bench, parts: Parts) -> None:
    me = a_full_account(client, bench, parts)
    files = entries(export(client, me.headers))
    assert "Notes/A b c.md" in files
    assert {path.rpartition(".")[2] for path in files if path.startswith("Recordings/")} == {"m4a", "srt", "vtt"}
    notes = {path.removeprefix("Notes/").removesuffix(".md") for path in files if path.startswith("Notes/")}
    linked = {
        line.split("[[")[1].split("|")[0]
        for text in files.values()
        if b"## Related notes" in text
        for line in text.decode().split("## Related notes")[1].splitlines()
        if "[[" in line
    }
    assert linked
    assert linked <= notes
    manifest = json.loads(files[".ai-conspects/manifest.json"])
    assert (manifest["notes"], manifest["recordings"], manifest["missing"]) == (3, 2, [])


def test_an_edit_in_the_vault_comes_as_a_persons_edit_and_a_new_file_as_a_note(
    client: TestClient, bench: Bench, parts: Parts
) -> None:
    me = a_full_account(client, bench, parts)
    files = entries(export(client, me.headers))
    path = next(p for p in files if p.startswith("Notes/") and b"recording: " in files[p])
    changed: dict[str, bytes | str] = dict(files)
    changed[path] = files[path].decode().replace("tags:\n", "tags:\n- added\n", 1)
    changed["Notes/Own.md"] = "Just words in a file, about gardens."
    changed["Notes/broken.md"] = b"---\n\xff"
    other = register(client, "other")
    came = bring(client, other.headers, zipped(changed))
    assert came["notes"]["imported"] == 4
    assert came["problems"] == ["Notes/broken.md: left out, UnicodeDecodeError"]
    own = client.get("/v1/notes?type=manual&language=en", headers=other.headers).json()["items"]
    assert ("Own", "Just words in a file, about gardens.") in {(n["title"], n["content"]) for n in own}
    with bench.database.transaction(as_system="a test") as session:
        edited = session.scalars(select(Note.edited_fields).where(Note.user_id == other.user_id)).all()
    assert sorted(edited) in ([[], [], ["summary"], ["tags"]], [[], [], [], ["summary", "tags"]])
    assert bring(client, other.headers, zipped(changed))["notes"] == {"imported": 0, "existing": 4}


def test_a_recording_that_was_not_processed_is_processed_here(client: TestClient, bench: Bench) -> None:
    me = register(client)
    bench.submit(me.user_id)
    told(bench)
    vault = export(client, me.headers)
    other = register(client, "other")
    bring(client, other.headers, vault)
    bench.run_all()
    assert len(shown(client, other.headers)) == 1


def test_an_id_that_another_recording_has_is_not_taken_from_it(client: TestClient, bench: Bench) -> None:
    me, other = register(client), register(client, "other")
    bench.submit(me.user_id)
    bench.run_all()
    told(bench)
    vault = export(client, me.headers)
    (recording_id,) = bench.submit(other.user_id, audio=b"not the same")
    with bench.database.transaction(as_system="a test") as session:
        taken = session.scalars(select(AudioRecording.client_id).where(AudioRecording.user_id == me.user_id)).one()
        theirs = session.get_one(AudioRecording, recording_id)
        theirs.client_id, theirs.sha256 = taken, bytes(32)
    for expected in ({"imported": 1, "existing": 0}, {"imported": 0, "existing": 1}):
        assert bring(client, other.headers, vault)["recordings"] == expected
    (note,) = shown(client, other.headers)
    assert note["source_recording_id"].startswith(f"{taken}.")


def test_audio_that_the_store_has_lost_is_said_and_the_rest_exported(
    client: TestClient, bench: Bench, parts: Parts
) -> None:
    me = a_full_account(client, bench, parts)
    key = next(parts.store.list("")).key
    parts.store.delete([key])
    files = entries(export(client, me.headers))
    assert len(json.loads(files[".ai-conspects/manifest.json"])["missing"]) == 1
    assert sum(path.startswith("Notes/") for path in files) == 3


MANIFEST = json.dumps(
    {"exported_at": "2026-01-01T00:00:00Z", "notes": 0, "recordings": 0, "tags": [], "relationships": []}
)


def a_zip_with_a_link() -> bytes:
    info = zipfile.ZipInfo("Notes/a.md")
    info.external_attr = 0o120777 << 16
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(info, "/etc/passwd")
    return made.getvalue()


@pytest.mark.parametrize(
    ("vault", "why"),
    [
        (b"", "no zip"),
        (b"PK\x05\x06", "no zip"),
        (b"x" * 100_000, "no zip"),
        (zipped({"a": "b"})[:-10], "no zip"),
        (zipped({"a": "b"}), "manifest.json: it is missing"),
        (zipped({"../../etc/passwd": "b"}), "path"),
        (zipped({"Notes/../../x.md": "b"}), "path"),
        (zipped({"/etc/x.md": "b"}), "path"),
        (zipped({"C:\\x.md": "b"}), "path"),
        (zipped({"C:/x.md": "b"}), "path"),
        (a_zip_with_a_link(), "link"),
        (zipped({".ai-conspects/manifest.json": "{"}), "no JSON"),
        (zipped({".ai-conspects/manifest.json": "[" * 100_000}), "no JSON"),
        (zipped({".ai-conspects/manifest.json": "{}"}), "not as this server writes it"),
        (zipped({".ai-conspects/manifest.json": MANIFEST.replace('"notes": 0', '"notes": -1')}), "not as this"),
        (zipped({".ai-conspects/manifest.json": MANIFEST, ".ai-conspects/recordings/1.json": "{}"}), "not as this"),
        (zipped({".ai-conspects/manifest.json": b"\xff"}), "no JSON"),
    ],
    ids=lambda value: value if isinstance(value, str) else "vault",  # a zip holds the time: no name that stays
)
def test_what_is_no_vault_is_refused_in_words(client: TestClient, vault: bytes, why: str) -> None:
    answer = client.post("/v1/users/me/import", content=vault, headers=register(client).headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_vault"), answer.text
    assert why in answer.json()["detail"]


def test_a_table_of_contents_that_lies_about_its_size_is_refused(client: TestClient) -> None:
    vault = bytearray(zipped({"a": "b"}))
    at = vault.rfind(b"PK\x05\x06")
    vault[at + 12 : at + 16] = (0x7FFFFFFF).to_bytes(4, "little")
    answer = client.post("/v1/users/me/import", content=bytes(vault), headers=register(client).headers)
    assert answer.status_code == 422


def test_a_bomb_is_refused_while_it_is_read(parts: Parts, client: TestClient) -> None:
    parts.settings.limits.max_import_mb = 20
    me = register(client).headers
    bomb = zipped({".ai-conspects/manifest.json": MANIFEST, "Notes/a.md": b"\0" * (9 << 20)})
    assert len(bomb) < 20_000
    answer = client.post("/v1/users/me/import", content=bomb, headers=me)
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_vault")
    many = {f"Notes/{n}.md": b" " * (7 << 20) for n in range(4)}
    answer = client.post(
        "/v1/users/me/import", content=zipped({".ai-conspects/manifest.json": MANIFEST, **many}), headers=me
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "vault_too_large")
    answer = client.post("/v1/users/me/import", content=b"x" * (21 << 20), headers=me)
    assert answer.status_code == 413


def test_audio_that_was_swapped_is_refused_and_leaves_nothing(client: TestClient, bench: Bench, parts: Parts) -> None:
    me = a_full_account(client, bench, parts)
    files: dict[str, bytes | str] = dict(entries(export(client, me.headers)))
    path = next(p for p in files if p.endswith(".m4a"))
    before = objects(parts)
    other = register(client, "other").headers
    answer = client.post("/v1/users/me/import", content=zipped(files | {path: b"other audio"}), headers=other)
    assert (answer.status_code, "not the audio" in answer.json()["detail"]) == (422, True)
    assert client.get("/v1/notes", headers=other).json()["items"] == []
    assert objects(parts) <= before + 1  # the recording before it, whole


def test_an_import_that_broke_off_is_finished_by_the_next(client: TestClient, bench: Bench, parts: Parts) -> None:
    me = a_full_account(client, bench, parts)
    vault = export(client, me.headers)
    other = register(client, "other")
    bring(client, other.headers, vault)
    with bench.database.transaction(as_system="a test") as session:
        gone = session.scalars(select(Note.id).where(Note.user_id == other.user_id)).first()
        session.execute(delete(Note).where(Note.id == gone))
    assert bring(client, other.headers, vault)["notes"] == {"imported": 1, "existing": 2}
    assert shown(client, other.headers) == shown(client, me.headers)


def test_one_note_comes_as_markdown_and_another_users_does_not(client: TestClient, bench: Bench, parts: Parts) -> None:
    me = a_full_account(client, bench, parts)
    notes = client.get("/v1/notes?type=recording", headers=me.headers).json()["items"]
    answer = client.get(f"/v1/notes/{notes[0]['id']}.md", headers=me.headers)
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert answer.text.startswith("---\ntitle: ")
    assert f"[[{notes[1]['title']}|" in answer.text
    assert client.get(f"/v1/notes/{notes[0]['id']}", headers=me.headers).json()["view_count"] == 1
    other = register(client, "other").headers
    for note_id in (notes[0]["id"], str(uuid4())):
        answer = client.get(f"/v1/notes/{note_id}.md", headers=other)
        assert (answer.status_code, answer.json()["detail"]) == (404, "Note not found")
    assert shown_files(client, other) == set()


def shown_files(client: TestClient, headers: dict[str, str]) -> set[str]:
    return {path for path in entries(export(client, headers)) if not path.startswith(".ai-conspects/manifest")}


@given(
    notes=st.lists(
        st.tuples(
            WORDS.map(lambda text: " ".join(text.split())[:400] or "t"),
            st.none() | WORDS,
            WORDS,
            st.lists(st.text("aбC +-/#é", min_size=1, max_size=9).map(lambda t: t.strip() or "x"), max_size=3),
        ),
        min_size=1,
        max_size=4,
    )
)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_was_written_comes_back(client: TestClient, parts: Parts, notes: list[Any]) -> None:
    me, other = register(client, f"device-{uuid4()}"), register(client, f"device-{uuid4()}")
    for title, summary, content, tags in notes:
        write(client, me.headers, title=title, summary=summary, content=content, tags=tags)
    came = bring(client, other.headers, export(client, me.headers))
    assert came["notes"] == {"imported": len(notes), "existing": 0}
    assert shown(client, other.headers) == shown(client, me.headers)
    with parts.database.transaction(as_system="a test") as session:
        texts = [
            session.scalars(
                select(NoteChunk.text).where(NoteChunk.user_id == user).order_by(NoteChunk.text, NoteChunk.id)
            ).all()
            for user in (me.user_id, other.user_id)
        ]
        assert texts[0] == texts[1]
        assert session.scalars(select(Note).where(Note.edited_at.is_not(None))).all() == []
        session.execute(delete(User).where(User.id.in_([me.user_id, other.user_id])))


def test_an_export_and_its_import_hold_a_piece_or_two_in_memory(
    client: TestClient, bench: Bench, parts: Parts, tmp_path: Path
) -> None:
    me, other = register(client), register(client, "other")
    audio = random.Random(1).randbytes(40 << 20)
    (recording_id,) = bench.submit(me.user_id, audio=audio)
    told(bench, most=len(audio))
    with bench.database.transaction(as_system="a test") as session:
        session.get_one(AudioRecording, recording_id).is_processed = True
    digest = hashlib.sha256(audio).digest()
    del audio
    tracemalloc.start()
    try:
        with (tmp_path / "vault.zip").open("w+b") as file:
            for piece in Export(parts.database, parts.store, me.user_id).stream():
                file.write(piece)
            taken = Import(parts.database, parts.store, other.user_id, Vault(file, 100), parts.settings.limits)
            assert taken.run().recordings.imported == 1
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 24 << 20
    with bench.database.transaction(as_system="a test") as session:
        copy = session.scalars(select(AudioRecording).where(AudioRecording.user_id == other.user_id)).one()
    assert (copy.sha256, copy.file_size) == (digest, 40 << 20)
