"""Relationships in the database: found among one owner's notes, once a pair, and following the notes."""

from collections.abc import Sequence

import pytest
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.models import Note, NoteRelationship
from ai_conspects.pipeline.embedding import Embedder
from ai_conspects.relationships.service import relate
from bench import relationships as bench
from tests.builders import a_user
from tests.pipeline.notes import a_note

OSMOSIS = ("Осмос", "Осмос — это движение воды через мембрану к более солёной стороне.")
CUCUMBERS = ("Засолка огурцов", "Вода уходит из огурца из-за осмоса, поэтому он твёрже.")


def embed(database: Database) -> None:
    Embedder(database, HashedEmbeddings(384), "test", 30, lambda: False).take_turn()


def kept(session: Session) -> Sequence[NoteRelationship]:
    return session.scalars(select(NoteRelationship)).all()


@pytest.mark.parametrize("related_again", [1, 2])
def test_a_pair_is_stored_once_with_its_direction_whichever_note_is_related(
    database: Database, related_again: int
) -> None:
    with database.transaction(as_system="a test") as session:
        user_id = a_user(session)
        osmosis, cucumbers = a_note(session, user_id, *OSMOSIS), a_note(session, user_id, *CUCUMBERS)
    embed(database)
    for _ in range(related_again):
        for note_id in (cucumbers.id, osmosis.id):
            with database.transaction(as_system="a test") as session:
                relate(session, [session.get_one(Note, note_id)])
    with database.transaction(as_system="a test") as session:
        (one,) = kept(session)
    assert (one.note_1_id, one.note_2_id, one.from_note_id) == (osmosis.id, cucumbers.id, osmosis.id)
    assert one.relationship_type == "prerequisite"
    assert one.description == (
        "В одной объяснено, что нужно для другой: «Осмос — это движение воды через мембрану к более солёной стороне» — "
        "«Вода уходит из огурца из-за осмоса, поэтому он твёрже»"
    )


def test_notes_are_found_by_words_before_they_are_embedded(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        user_id = a_user(session)
        a_note(session, user_id, *OSMOSIS)
        relate(session, [a_note(session, user_id, *CUCUMBERS)])
        assert [one.relationship_type for one in kept(session)] == ["prerequisite"]


def test_a_changed_note_loses_what_no_longer_holds_and_a_deleted_one_takes_all_with_it(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        user_id = a_user(session)
        osmosis, cucumbers = a_note(session, user_id, *OSMOSIS), a_note(session, user_id, *CUCUMBERS)
        relate(session, [cucumbers])
        cucumbers.title, cucumbers.content = "Окна", "Замерщик придёт в среду."
        session.flush()
        relate(session, [cucumbers])
        assert kept(session) == []
        cucumbers.title, cucumbers.content = CUCUMBERS
        relate(session, [cucumbers])
        assert len(kept(session)) == 1
        session.execute(delete(Note).where(Note.id == osmosis.id))
        assert kept(session) == []


def test_nobody_elses_note_is_ever_compared(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        a_note(session, a_user(session), *OSMOSIS)
        assert relate(session, [a_note(session, a_user(session), *CUCUMBERS)]) == []


def test_quotes_and_operators_in_a_note_do_no_harm(database: Database) -> None:
    with database.transaction(as_system="a test") as session:
        user_id = a_user(session)
        a_note(session, user_id, "O'Neill & | ! <-> \\", "it's “'quoted'” :* \\' \x01 д'Артаньян", "en")
        assert relate(session, [a_note(session, user_id, "O'Neill", "it's “'quoted'” д'Артаньян", "en")]) != []


@pytest.mark.parametrize("half", ["tune", "report"])
def test_the_made_set_of_notes_gets_its_known_links(database: Database, half: str) -> None:
    truth = bench.known(half)
    score = bench.scores(truth, bench.found(database, half, HashedEmbeddings(384)))["all, type and direction"]
    assert score.right / len(truth) >= 0.9
    assert score.right / (score.right + score.wrong) >= 0.9
