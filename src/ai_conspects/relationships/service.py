"""Finds out which of its owner's notes a note belongs with, and why."""

from collections.abc import Sequence
from math import sqrt
from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.models import Note, NoteRelationship
from ai_conspects.relationships import repository
from ai_conspects.relationships.repository import Neighbour
from ai_conspects.text.overlap import shared_terms, similarity

CANDIDATES = 20
KEPT = 5
LEAST_STRENGTH = 0.25
"""Pairs weaker than this are left alone; see `strength`."""
REASONS = {"ru": "Обе заметки говорят о: {terms}.", "en": "Both notes speak of: {terms}."}


def relate(session: Session, notes: Sequence[Note]) -> list[NoteRelationship]:
    """Compare each note with its neighbours among its owner's notes, and keep the strongest relationships.

    One recording of an owner at a time: two at once would not see each other's notes.
    """
    if notes:
        repository.hold(session, notes[0].user_id)
    found: dict[tuple[UUID, UUID], NoteRelationship] = {}
    for note in notes:
        neighbours = repository.neighbours(session, note, CANDIDATES)
        tags = repository.tags_of(session, [note.id, *(neighbour.note.id for neighbour in neighbours)])
        related = [_related(note, neighbour, tags[note.id] & tags[neighbour.note.id]) for neighbour in neighbours]
        strongest = sorted((r for r in related if r is not None), key=lambda r: -r.strength)[:KEPT]
        found |= {(r.note_1_id, r.note_2_id): r for r in strongest}
    repository.keep(session, list(found.values()))
    return list(found.values())


def strength(one: Note, other: Note, cosine: float) -> float:
    """How much two notes are about the same: the geometric mean of two cosines, 0 to 1.

    One is between the notes' embeddings, the other between their words (rarer ones counting more); both must agree, so
    that neither a vague direction nor a chance word alone makes a relationship.
    """
    return sqrt(max(cosine, 0.0) * similarity(_text(one), _text(other), one.language))


def _related(note: Note, neighbour: Neighbour, shared_tags: set[str]) -> NoteRelationship | None:
    other = neighbour.note
    strong = strength(note, other, neighbour.similarity)
    reasons = sorted(shared_tags) or shared_terms(_text(note), _text(other), note.language, 3)
    if strong < LEAST_STRENGTH or not reasons:
        return None
    older, newer = sorted((note, other), key=lambda one: one.id)  # UUIDv7: ordered by time
    return NoteRelationship(
        user_id=note.user_id,
        note_1_id=older.id,
        note_2_id=newer.id,
        relationship_type="related",
        strength=strong,
        description=REASONS.get(note.language.split("-")[0], REASONS["en"]).format(terms=", ".join(reasons)),
    )


def _text(note: Note) -> str:
    return f"{note.title}. {note.summary or ''} {note.content}"
