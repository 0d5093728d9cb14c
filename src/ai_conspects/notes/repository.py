"""Queries on notes, always those of one owner; one query for each kind of row, never one a note."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, union_all
from sqlalchemy.orm import Session

from ai_conspects.models import AudioRecording, Citation, Note, NoteRelationship, NoteTag, Source, Tag


@dataclass(frozen=True)
class AttachedTag:
    """A tag as a note has it."""

    name: str
    color: str
    confidence: float | None


@dataclass(frozen=True)
class WholeNote:
    """A note with all that hangs on it."""

    note: Note
    recording_client_id: str | None
    tags: Sequence[AttachedTag]
    sources: Sequence[Source]
    citations: Sequence[Citation]


def of_recording(session: Session, user_id: UUID, recording_id: UUID) -> list[Note]:
    """A recording's notes in their order."""
    found = select(Note).where(Note.user_id == user_id, Note.source_recording_id == recording_id)
    return list(session.scalars(found.order_by(Note.position)))


def of_batch(session: Session, user_id: UUID, batch_id: UUID) -> list[Note]:
    """The notes of a batch, in the order of its recordings."""
    found = (
        select(Note)
        .join(AudioRecording, AudioRecording.id == Note.source_recording_id)
        .where(Note.user_id == user_id, AudioRecording.batch_id == batch_id)
        .order_by(AudioRecording.position, Note.position)
    )
    return list(session.scalars(found))


def whole(session: Session, notes: Sequence[Note]) -> list[WholeNote]:
    """The notes with their tags, sources and citations: four queries, however many notes."""
    ids = [note.id for note in notes]
    tags, sources, citations = _tags(session, ids), _sources(session, ids), _citations(session, ids)
    recordings = _client_ids(session, [note.source_recording_id for note in notes if note.source_recording_id])
    return [
        WholeNote(
            note,
            recordings.get(note.source_recording_id) if note.source_recording_id else None,
            tags[note.id],
            sources[note.id],
            citations[note.id],
        )
        for note in notes
    ]


def related_titles(session: Session, user_id: UUID, note_ids: Sequence[UUID]) -> dict[UUID, list[str]]:
    """The titles of the notes that each of these is related to, strongest first."""
    first, second = NoteRelationship.note_1_id, NoteRelationship.note_2_id
    sides = [
        select(one.label("note_id"), other.label("other_id"), NoteRelationship.strength, NoteRelationship.id).where(
            NoteRelationship.user_id == user_id, one.in_(note_ids)
        )
        for one, other in ((first, second), (second, first))
    ]
    pairs = union_all(*sides).subquery()
    found = select(pairs.c.note_id, Note.title).join(Note, Note.id == pairs.c.other_id)
    titles: dict[UUID, list[str]] = defaultdict(list)
    for note_id, title in session.execute(found.order_by(pairs.c.strength.desc(), pairs.c.id)):
        titles[note_id].append(title)
    return titles


def _tags(session: Session, note_ids: Sequence[UUID]) -> dict[UUID, list[AttachedTag]]:
    found = (
        select(NoteTag.note_id, Tag.name, Tag.color, NoteTag.confidence)
        .join(Tag, Tag.id == NoteTag.tag_id)
        .where(NoteTag.note_id.in_(note_ids))
        .order_by(NoteTag.confidence.desc().nulls_last(), Tag.name)
    )
    tags: dict[UUID, list[AttachedTag]] = defaultdict(list)
    for note_id, name, color, confidence in session.execute(found):
        tags[note_id].append(AttachedTag(name, color, confidence))
    return tags


def _sources(session: Session, note_ids: Sequence[UUID]) -> dict[UUID, list[Source]]:
    rows: dict[UUID, list[Source]] = defaultdict(list)
    for row in session.scalars(select(Source).where(Source.note_id.in_(note_ids)).order_by(Source.relevance.desc())):
        rows[row.note_id].append(row)
    return rows


def _citations(session: Session, note_ids: Sequence[UUID]) -> dict[UUID, list[Citation]]:
    rows: dict[UUID, list[Citation]] = defaultdict(list)
    for row in session.scalars(select(Citation).where(Citation.note_id.in_(note_ids)).order_by(Citation.position)):
        rows[row.note_id].append(row)
    return rows


def _client_ids(session: Session, recording_ids: Sequence[UUID]) -> dict[UUID, str]:
    found = select(AudioRecording.id, AudioRecording.client_id).where(AudioRecording.id.in_(recording_ids))
    return {row.id: row.client_id for row in session.execute(found)}
