"""Embeddings in the background: for what a person wrote, and for all notes after the model was changed."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

import numpy as np
import pytest
from numpy import float32
from numpy.typing import NDArray
from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database
from ai_conspects.core.jobs import Job
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.engines.embeddings.openai import OpenAIEmbeddings
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.models import BackgroundJob, Note, NoteChunk, Queue
from ai_conspects.notes.embedding import stale_count
from ai_conspects.pipeline import embedding, turns
from ai_conspects.pipeline.claims import LeaseLost
from ai_conspects.pipeline.embedding import BATCH, EMBED_NOTES, JOB, Embedder, ring_if_stale
from ai_conspects.search import service
from ai_conspects.search.scope import Scope
from ai_conspects.search.searching import direction
from tests.builders import a_user
from tests.pipeline.notes import a_note
from tests.stubs.openai_server import Fail, openai_server


class OtherModel(HashedEmbeddings):
    """Another model: the same words point elsewhere."""

    def __init__(self) -> None:
        super().__init__(384)
        self.model = "other"
        self.asked: list[int] = []

    def embed(self, texts: Sequence[str], *, kind: Any) -> NDArray[float32]:
        self.asked.append(len(texts))
        if any("непереводимо" in text for text in texts):
            raise EngineRejected(self.model, "no", code="input_too_long")
        return np.roll(super().embed(texts, kind=kind), 7, axis=1)


def embedder(
    database: Database, engine: Embeddings | None = None, draining: bool = False, turn_s: float = 10
) -> Embedder:
    return Embedder(database, engine or HashedEmbeddings(384), "test", 30, lambda: draining, turn_s)


def models(session: Session, row: type[Note] | type[NoteChunk]) -> dict[str | None, int]:
    counted = select(row.embedding_model, func.count()).group_by(row.embedding_model)
    return {row[0]: row[1] for row in session.execute(counted)}


def models_of(database: Database, user_id: UUID) -> dict[str | None, int]:
    with database.transaction(as_system="a test") as session:
        counted = select(NoteChunk.embedding_model, func.count()).where(NoteChunk.user_id == user_id)
        return {row[0]: row[1] for row in session.execute(counted.group_by(NoteChunk.embedding_model))}


def many_chunks(session: Session, user_id: UUID, number: int) -> None:
    note = a_note(session, user_id, "Лекция", "слово")
    session.add_all(
        NoteChunk(note_id=note.id, user_id=user_id, position=at, language="ru", text=f"часть {at}", sentences=[])
        for at in range(10, 10 + number)
    )


def found(database: Database, user_id: UUID, question: str, engine: Embeddings) -> list[str]:
    query = service.Query(question, "ru", direction(engine, question))
    with database.transaction(as_system="a test") as session:
        return [hit.note.title for hit in service.find(session, Scope(user_id), query, 5)]


def test_a_note_is_found_by_words_at_once_and_by_vector_soon(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        user_id = a_user(session)
        note = a_note(session, user_id, "Тормоза", "Заменили колодки, диски проточены.")
    assert found(database, user_id, "проточенный диск", HashedEmbeddings(384)) == ["Тормоза"]
    embedder(database).take_turn()
    with database.transaction(as_system="a test") as session:
        assert models(session, NoteChunk) == {"hashed-v1-384": 2}
        kept = session.get_one(Note, note.id)
    assert kept.embedding is not None
    assert np.linalg.norm(kept.embedding) == pytest.approx(1, abs=1e-5)
    assert kept.updated_at == note.updated_at  # nobody changed it


def test_all_rows_come_to_a_new_model_in_batches_and_search_works_meanwhile(
    database: Database, rung: list[Job]
) -> None:
    with database.transaction(as_system="a test") as session:
        user_id = a_user(session)
        many_chunks(session, user_id, 2 * BATCH)
        a_note(session, user_id, "Тормоза", "Заменили колодки.")
    embedder(database).take_turn()
    rung.clear()
    new = OtherModel()
    embedder(database, new, turn_s=0).take_turn()
    assert new.asked == [BATCH]
    assert rung == [Job(EMBED_NOTES, Queue.EMBEDDINGS, embedding.ALL)]
    with database.transaction(as_system="a test") as session:
        assert stale_count(session, "other") == sum(models(session, NoteChunk).values()) - BATCH
    assert "Тормоза" in found(database, user_id, "заменили колодки", new)
    while rung:
        rung.clear()
        embedder(database, new, turn_s=0).take_turn()
    with database.transaction(as_system="a test") as session:
        assert models(session, NoteChunk).keys() == models(session, Note).keys() == {"other"}
    assert max(new.asked) <= BATCH


def test_one_that_is_killed_is_followed_by_another_that_goes_on(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        many_chunks(session, a_user(session), 3)
        killed = turns.take(session, JOB, worker="killed", lease_s=60)
    assert killed
    embedder(database).take_turn()
    with database.transaction(as_system="a test") as session:
        assert None in models(session, NoteChunk)  # it isn't over yet
        session.execute(update(BackgroundJob).values(lease_until=func.now()))
    embedder(database).take_turn()
    with database.transaction(as_system="a test") as session:
        assert models(session, NoteChunk) == {"hashed-v1-384": 5}
        with pytest.raises(LeaseLost):
            turns.end(session, killed)


def test_a_model_server_that_is_away_is_waited_for_and_search_by_words_goes_on(database: Database) -> None:
    with openai_server() as server, database.transaction(as_system="a test") as session:
        user_id = a_user(session)
        a_note(session, user_id, "Тормоза", "Заменили колодки.")
    with openai_server() as server:
        engine = OpenAIEmbeddings(server.url, "", "stub", 384)
        server.embeddings.append(Fail(429, headers={"Retry-After": "77"}))
        embedder(database, engine).take_turn()
        with database.transaction(as_system="a test") as session:
            job = session.get_one(BackgroundJob, JOB)
            wait = session.scalar(select(func.extract("epoch", BackgroundJob.due_at - func.now())))
        assert job.error_code == "engine_unavailable"
        assert job.lease_until is None
        assert 70 < float(wait or 0) < 78
        assert found(database, user_id, "колодки", HashedEmbeddings(384)) == ["Тормоза"]
        embedder(database, engine).take_turn()
        assert len(server.requests) == 1  # it is not asked before its time
        with database.transaction(as_system="a test") as session:
            session.execute(update(BackgroundJob).values(due_at=func.now()))
        embedder(database, engine).take_turn()
    with database.transaction(as_system="a test") as session:
        assert models(session, NoteChunk) == {engine.model: 2}
        assert session.get_one(BackgroundJob, JOB).error_code is None


def test_a_text_that_the_model_refuses_is_left_to_words_and_the_others_are_not(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        user_id = a_user(session)
        a_note(session, user_id, "Хорошее", "слово")
        a_note(session, user_id, "Плохое", "непереводимо")
    embedder(database, OtherModel()).take_turn()
    with database.transaction(as_system="a test") as session:
        assert models(session, NoteChunk) == {"other": 4}
        without = session.scalars(select(NoteChunk.text).where(NoteChunk.embedding.is_(None))).all()
    assert without == ["непереводимо"]
    assert found(database, user_id, "непереводимо", HashedEmbeddings(384)) == ["Плохое"]


def test_vectors_of_another_length_are_refused_with_the_mend(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        a_note(session, a_user(session), "Тормоза")
    embedder(database, HashedEmbeddings(512)).take_turn()
    with database.transaction(as_system="a test") as session:
        told = session.get_one(BackgroundJob, JOB)
        assert models(session, NoteChunk) == {None: 1}
    assert told.error_code == "wrong_dimensions"
    assert "length 384" in (told.error_message or "")
    assert "AI_CONSPECTS_EMBEDDINGS__DIMENSIONS" in (told.error_message or "")


def test_a_small_owner_does_not_wait_for_a_big_one(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embedding, "BATCH", 2)
    with database.transaction(as_system="a test") as session:
        big, small = a_user(session), a_user(session)
        many_chunks(session, big, 60)
        a_note(session, small, "Тормоза")
    one = embedder(database)
    with database.transaction(as_system="a test") as session:
        turn = turns.take(session, JOB, worker="test", lease_s=30)
    assert turn
    batches = 0
    while models_of(database, small) == {None: 1}:
        one._batch(turn)
        batches += 1
    assert batches < 15  # by lot among two: later than the 15th once in 30,000 runs


def test_a_worker_that_is_to_stop_begins_no_batch(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        a_note(session, a_user(session), "Тормоза")
    embedder(database, draining=True).take_turn()
    with database.transaction(as_system="a test") as session:
        assert models(session, NoteChunk) == {None: 1}
        assert turns.is_due(session, JOB)


def test_a_text_that_changed_while_it_was_embedded_is_not_given_the_old_ones_vector(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        note = a_note(session, a_user(session), "Тормоза")

    class Editing(HashedEmbeddings):
        def embed(self, texts: Sequence[str], *, kind: Any) -> NDArray[float32]:
            with database.transaction(as_system="a test") as session:
                session.execute(update(NoteChunk).values(text="другое", embedding_model=None))
            self.embed = super().embed  # type: ignore[method-assign]  # only once
            return super().embed(texts, kind=kind)

    embedder(database, Editing(384)).take_turn()
    with database.transaction(as_system="a test") as session:
        (chunk,) = session.scalars(select(NoteChunk).where(NoteChunk.note_id == note.id))
    assert chunk.embedding == pytest.approx(HashedEmbeddings(384).embed(["другое"], kind="passage")[0], abs=1e-6)


def test_the_sweeper_rings_only_where_rows_wait_and_nobody_is_at_them(database: Database, rung: list[Job]) -> None:
    ring_if_stale(database, "hashed-v1-384", lambda _: 0)
    assert rung == []
    with database.transaction(as_system="a test") as session:
        a_note(session, a_user(session), "Тормоза")
    rung.clear()
    ring_if_stale(database, "hashed-v1-384", lambda _: 1)
    assert rung == []  # a message is on its way
    ring_if_stale(database, "hashed-v1-384", lambda _: 0)
    assert [job.name for job in rung] == [EMBED_NOTES]
    embedder(database).take_turn()
    rung.clear()
    ring_if_stale(database, "hashed-v1-384", lambda _: 0)
    assert rung == []
    ring_if_stale(database, "a newer model", lambda _: 0)
    assert len(rung) == 1
