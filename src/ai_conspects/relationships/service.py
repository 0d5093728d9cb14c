"""Finds out which of its owner's notes a note belongs with, how, and why."""

from collections.abc import Collection, Sequence
from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.models import Note, NoteRelationship
from ai_conspects.relationships import repository
from ai_conspects.relationships.linking import Candidate, Key, Link, links
from ai_conspects.relationships.reading import Reading, read
from ai_conspects.relationships.reasons import reason

CANDIDATES = 20
"""By direction, and as many again by words."""
WORDS_ASKED = 12


def proposed(session: Session, notes: Sequence[Note]) -> list[Link]:
    """The relationships that `relate` would keep, each once. Nothing is written."""
    found = (link for note in notes for link in links(_read(note), _candidates(session, note)))
    return list({link.key: link for link in found}.values())


def relate(session: Session, notes: Sequence[Note], refused: Collection[Key] = ()) -> list[NoteRelationship]:
    """Compare each note with its nearest among its owner's notes, and keep the strongest relationships, without those
    refused; those that it had with others before are gone. All notes are of one owner.

    One recording of an owner at a time: two at once would not see each other's notes.
    """
    if not notes:
        return []
    user_id = notes[0].user_id
    repository.hold(session, user_id)
    repository.forget(session, user_id, [note.id for note in notes])
    found: dict[tuple[UUID, UUID], NoteRelationship] = {}
    for note in notes:
        for link in links(_read(note), _candidates(session, note), refused):
            found[link.older.id, link.newer.id] = _row(user_id, link)
    repository.keep(session, list(found.values()))
    return list(found.values())


def _candidates(session: Session, note: Note) -> list[Candidate]:
    """The nearest by direction, and those that have the note's most telling words."""
    weights = _read(note).terms
    telling = sorted(weights, key=lambda term: (-weights[term], term))[:WORDS_ASKED]
    by_words = repository.with_words(session, note, telling, CANDIDATES)
    by_vector = repository.nearest(session, note, CANDIDATES)
    found = repository.neighbours(session, note, list({*by_words, *by_vector}))
    return [Candidate(_read(one.note), one.similarity) for one in found]


def _read(note: Note) -> Reading:
    return read(note.id, note.title, note.summary or "", note.content, note.language, note.created_at)


def _row(user_id: UUID, link: Link) -> NoteRelationship:
    """The pair as it is stored: the note that was made first comes first (UUIDv7 are ordered by time)."""
    first, second = sorted((link.older.id, link.newer.id))
    leads = link.finding.from_older
    return NoteRelationship(
        user_id=user_id,
        note_1_id=first,
        note_2_id=second,
        relationship_type=link.finding.type,
        from_note_id=None if leads is None else (link.older if leads else link.newer).id,
        strength=link.finding.strength,
        description=reason(link.finding, link.older, link.newer),
    )
