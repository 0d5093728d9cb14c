"""What follows a note's text: vectors, direction and relationships; late, doubled and failing rings included."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal
from uuid import UUID

from fastapi.testclient import TestClient
from numpy import float32
from numpy.typing import NDArray
from sqlalchemy import func, select, update

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.jobs import Job
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.errors import EngineUnavailable
from ai_conspects.models import Note, NoteChunk, NoteRefresh, NoteRelationship
from ai_conspects.notes.refreshing import REFRESH_NOTE
from ai_conspects.pipeline.note_refresh import refresh, ring_again
from tests.accounts.devices import register
from tests.notes.notes import refresh_all, write

ROSES = "Розы сажают весной. Розы поливают и подкармливают. Обрезка роз нужна осенью."


@dataclass
class Counting:
    """The real engine, and which texts it was given; `before` runs in the middle of its work."""

    engine: Embeddings
    before: Any = None
    texts: list[str] = field(default_factory=list)
    model: str = ""
    dimensions: int = 0

    def __post_init__(self) -> None:
        self.model, self.dimensions = self.engine.model, self.engine.dimensions

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> NDArray[float32]:
        self.texts += texts
        if self.before is not None:
            self.before()
        return self.engine.embed(texts, kind=kind)


def test_a_written_note_gets_its_vectors_and_finds_its_like(client: TestClient, parts: Parts, rung: list[Job]) -> None:
    me = register(client)
    notes = [write(client, me.headers, title=f"Розы {n}", content=ROSES) for n in range(2)]
    assert [(job.name, job.queue, str(job.id)) for job in rung] == [
        (REFRESH_NOTE, "embeddings", note["id"]) for note in notes
    ]
    refresh_all(parts)
    with parts.database.transaction(as_system="a test") as session:
        assert all(chunk.embedding_model == parts.embeddings.model for chunk in session.scalars(select(NoteChunk)))
        assert all(note.embedding is not None for note in session.scalars(select(Note)))
        assert len(session.scalars(select(NoteRelationship)).all()) == 1
        assert session.scalars(select(NoteRefresh)).all() == []
    shown = client.get(f"/v1/notes/{notes[0]['id']}", headers=me.headers).json()
    assert shown["related_topics"] == ["Розы 1"]
    assert shown["updated_at"] == notes[0]["updated_at"]


def test_an_edit_embeds_only_what_is_new_and_takes_back_what_no_longer_holds(client: TestClient, parts: Parts) -> None:
    me = register(client)
    first, _ = (write(client, me.headers, title=f"Розы {n}", content=ROSES) for n in range(2))
    refresh_all(parts)
    client.patch(
        f"/v1/notes/{first['id']}",
        json={"content": "Compilers parse grammars.", "title": "Compilers"},
        headers=me.headers,
    )
    counting = Counting(parts.embeddings)
    assert refresh(parts.database, counting, UUID(first["id"]))
    assert counting.texts == ["Compilers.", "Compilers parse grammars."]
    assert client.get(f"/v1/notes/{first['id']}", headers=me.headers).json()["related_topics"] == []


def test_an_edit_in_the_middle_of_the_work_is_not_lost(client: TestClient, parts: Parts) -> None:
    me = register(client)
    note = write(client, me.headers, content="first")

    def edit() -> None:
        client.patch(f"/v1/notes/{note['id']}", json={"content": "second"}, headers=me.headers)

    assert not refresh(parts.database, Counting(parts.embeddings, edit), UUID(note["id"]))
    counting = Counting(parts.embeddings)
    assert refresh(parts.database, counting, UUID(note["id"]))
    assert "second" in counting.texts
    assert refresh(parts.database, counting, UUID(note["id"]))  # a doubled ring


def test_a_note_removed_in_the_middle_of_the_work_stays_removed(client: TestClient, parts: Parts) -> None:
    me = register(client)
    note = write(client, me.headers)

    def remove() -> None:
        assert client.delete(f"/v1/notes/{note['id']}", headers=me.headers).status_code == 204

    assert refresh(parts.database, Counting(parts.embeddings, remove), UUID(note["id"]))
    with parts.database.transaction(as_system="a test") as session:
        assert session.scalars(select(NoteChunk)).all() == []


def test_a_lost_ring_is_given_again_later_and_later(client: TestClient, parts: Parts, rung: list[Job]) -> None:
    note = write(client, register(client).headers)

    def away() -> None:
        raise EngineUnavailable("embeddings", "away")

    assert not refresh(parts.database, Counting(parts.embeddings, away), UUID(note["id"]))
    rung.clear()
    ring_again(parts.database)
    assert rung == []  # it is too soon
    for _ in range(2):
        with parts.database.transaction(as_system="a test") as session:
            session.execute(update(NoteRefresh).values(due_at=func.now()))
        ring_again(parts.database)
        ring_again(parts.database)
    assert [str(job.id) for job in rung] == [note["id"]] * 2
    with parts.database.transaction(as_system="a test") as session:
        wait_s = session.scalars(select(func.extract("epoch", NoteRefresh.due_at - func.now()))).one()
    assert wait_s > 100


def test_a_note_without_a_word_has_no_direction(client: TestClient, parts: Parts) -> None:
    write(client, register(client).headers, title="…", content="!!!")
    refresh_all(parts)
    with parts.database.transaction(as_system="a test") as session:
        assert session.scalars(select(Note.embedding)).all() == [None]
