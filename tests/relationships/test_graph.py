"""Related and similar notes, and the graph: bounded, typed, and nobody else's."""

from typing import Any
from uuid import UUID, uuid4

from fastapi.testclient import TestClient

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.models import NoteRelationship
from tests.accounts.devices import register
from tests.notes.notes import refresh_all, write

ROSES = "Розы сажают весной. Розы поливают и подкармливают. Обрезка роз нужна осенью."


def a_chain(client: TestClient, parts: Parts, length: int) -> tuple[dict[str, str], list[str]]:
    """Notes of one user, each related to the next, the first pair strongest; the headers, and the notes' ids."""
    me = register(client)
    notes = [write(client, me.headers, title=str(n))["id"] for n in range(length)]
    with parts.database.transaction(as_system="a test") as session:
        for n in range(length - 1):
            session.add(
                NoteRelationship(
                    user_id=me.user_id,
                    note_1_id=UUID(notes[n]),
                    note_2_id=UUID(notes[n + 1]),
                    relationship_type="related",
                    strength=0.9 - n / 100,
                    description=f"reason {n}",
                )
            )
    return me.headers, notes


def graph(client: TestClient, headers: dict[str, str], **params: Any) -> tuple[dict[str, int], int, bool]:
    answer = client.get("/v1/graph", params=params, headers=headers)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    ends = {end for edge in found["edges"] for end in (edge["note_1_id"], edge["note_2_id"])}
    assert ends <= {node["id"] for node in found["nodes"]}
    return {node["title"]: node["distance"] for node in found["nodes"]}, len(found["edges"]), found["is_partial"]


def test_the_graph_around_a_note_goes_as_far_as_asked(client: TestClient, parts: Parts) -> None:
    me, notes = a_chain(client, parts, 6)
    assert graph(client, me, note_id=notes[2], depth=1) == ({"2": 0, "1": 1, "3": 1}, 2, False)
    assert graph(client, me, note_id=notes[2], depth=2) == ({"2": 0, "1": 1, "3": 1, "0": 2, "4": 2}, 4, False)
    assert graph(client, me, note_id=notes[2], depth=4)[0].keys() == set("012345")
    assert graph(client, me, note_id=notes[2], depth=2, limit=3) == ({"2": 0, "1": 1, "3": 1}, 2, True)


def test_the_whole_graph_is_its_strongest_part(client: TestClient, parts: Parts) -> None:
    me, _ = a_chain(client, parts, 6)
    assert graph(client, me, limit=3) == ({"0": 0, "1": 0, "2": 0}, 2, True)
    assert graph(client, me) == (dict.fromkeys("012345", 0), 5, False)


def test_related_notes_come_with_their_reasons(client: TestClient, parts: Parts) -> None:
    me, notes = a_chain(client, parts, 3)
    items = client.get(f"/v1/notes/{notes[1]}/related", headers=me).json()["items"]
    assert [(one["note"]["title"], one["relationship"]["description"]) for one in items] == [
        ("0", "reason 0"),
        ("2", "reason 1"),
    ]
    assert client.get(f"/v1/notes/{notes[1]}", headers=me).json()["related_topics"] == ["0", "2"]


def test_similar_notes_are_found_once_the_note_is_embedded(client: TestClient, parts: Parts) -> None:
    me = register(client).headers
    roses = write(client, me, title="Розы", content=ROSES)
    near = write(client, me, title="Сад", content=ROSES)
    write(client, me, title="Compilers", content="Parsers read grammars.", language="en")
    path = f"/v1/notes/{roses['id']}/similar"
    assert client.get(path, headers=me).json() == {"items": [], "is_embedded": False}
    refresh_all(parts)
    found = client.get(path, headers=me).json()
    assert found["is_embedded"]
    assert found["items"][0]["note"]["id"] == near["id"]
    assert found["items"][0]["similarity"] > found["items"][1]["similarity"]


def test_another_users_notes_have_no_neighbours_to_see(client: TestClient, parts: Parts) -> None:
    _, notes = a_chain(client, parts, 2)
    me = register(client, "other").headers
    for note_id in (notes[0], str(uuid4())):
        for path in (f"/v1/notes/{note_id}/related", f"/v1/notes/{note_id}/similar", f"/v1/graph?note_id={note_id}"):
            answer = client.get(path, headers=me)
            assert (answer.status_code, answer.json()["detail"]) == (404, "Note not found")
    assert graph(client, me) == ({}, 0, False)
