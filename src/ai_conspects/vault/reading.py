"""What an export reads of an account: names first, then everything a little at a time, each in a short transaction."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import or_, select
from sqlalchemy.orm import Session, defer

from ai_conspects.models import (
    AudioRecording,
    Note,
    NoteChunk,
    NoteRelationship,
    ProcessingBatch,
    Segment,
    Tag,
    Transcript,
)
from ai_conspects.notes import repository
from ai_conspects.notes.repository import WholeNote
from ai_conspects.vault.data import (
    KeptChunk,
    KeptCitation,
    KeptNote,
    KeptRecording,
    KeptRelationship,
    KeptSegment,
    KeptSource,
    KeptTag,
    KeptTranscript,
    Words,
)
from ai_conspects.vault.naming import Names, safe
from ai_conspects.vault.note_file import Link, Surroundings


@dataclass(frozen=True)
class Contents:
    """The table of contents: what there is, and how its files are called. Titles and ids, no words."""

    notes: dict[UUID, str] = field(default_factory=dict)
    """Note → its file's name."""
    titles: dict[UUID, str] = field(default_factory=dict)
    recordings: dict[UUID, str] = field(default_factory=dict)
    """Recording → its files' name, without a suffix."""
    exported_as: dict[UUID, UUID] = field(default_factory=dict)
    """Note → the id that it has in every vault."""
    relationships: dict[UUID, NoteRelationship] = field(default_factory=dict)
    of_note: dict[UUID, list[UUID]] = field(default_factory=lambda: defaultdict(list))
    """Note → its relationships, strongest first."""


def contents(session: Session, user_id: UUID) -> Contents:
    """Everything that the user has, by name; in the order in which it was made."""
    found = Contents()
    note_names, recording_names = Names(), Names()
    notes = select(Note.id, Note.title, Note.origin_id).where(Note.user_id == user_id)
    for row in session.execute(notes.order_by(Note.created_at, Note.id)):
        found.notes[row.id] = note_names.take(row.title, "note")
        found.titles[row.id] = row.title
        found.exported_as[row.id] = row.origin_id or row.id
    recordings = select(AudioRecording.id, AudioRecording.filename).where(AudioRecording.user_id == user_id)
    for recording in session.execute(recordings.order_by(AudioRecording.created_at, AudioRecording.id)):
        stem = recording.filename.rpartition(".")[0] or recording.filename
        found.recordings[recording.id] = recording_names.take(stem, "recording")
    related = select(NoteRelationship).where(NoteRelationship.user_id == user_id)
    for one in session.scalars(related.order_by(NoteRelationship.strength.desc(), NoteRelationship.id)):
        if {one.note_1_id, one.note_2_id} <= found.notes.keys():
            found.relationships[one.id] = one
            found.of_note[one.note_1_id].append(one.id)
            found.of_note[one.note_2_id].append(one.id)
    return found


def notes(session: Session, user_id: UUID, ids: Sequence[UUID]) -> list[tuple[WholeNote, list[NoteChunk]]]:
    """These notes as they are now, with their chunks; those that are gone are left out."""
    found = select(Note).where(Note.user_id == user_id, Note.id.in_(ids)).options(defer(Note.embedding))
    rows = sorted(session.scalars(found), key=lambda note: ids.index(note.id))
    chunks: dict[UUID, list[NoteChunk]] = defaultdict(list)
    cut = select(NoteChunk).where(NoteChunk.user_id == user_id, NoteChunk.note_id.in_(ids))
    lean = cut.options(defer(NoteChunk.embedding), defer(NoteChunk.tsv))
    for chunk in session.scalars(lean.order_by(NoteChunk.note_id, NoteChunk.position)):
        chunks[chunk.note_id].append(chunk)
    return [(whole, chunks[whole.note.id]) for whole in repository.whole(session, rows)]


def recording(session: Session, user_id: UUID, recording_id: UUID) -> tuple[AudioRecording, KeptRecording] | None:
    """The recording with its transcript, None if it is gone. Its audio's path is the caller's to say."""
    mine = (AudioRecording.user_id == user_id, AudioRecording.id == recording_id)
    row = session.scalars(select(AudioRecording).where(*mine)).one_or_none()
    if row is None:
        return None
    kept = KeptRecording(
        id=row.client_id,
        filename=row.filename,
        audio=None,
        sha256=row.sha256.hex(),
        duration=row.duration,
        file_size=row.file_size,
        format=row.format,
        sample_rate=row.sample_rate,
        channels=row.channels,
        client_metadata=row.client_metadata,
        is_processed=row.is_processed,
        created_at=row.created_at,
        received_at=row.received_at,
        settings=session.get_one(ProcessingBatch, row.batch_id).settings,
        transcript=_transcript(session, row.id),
    )
    return row, kept


def _transcript(session: Session, recording_id: UUID) -> KeptTranscript | None:
    row = session.scalars(select(Transcript).where(Transcript.recording_id == recording_id)).one_or_none()
    if row is None:
        return None
    said = session.scalars(select(Segment).where(Segment.transcript_id == row.id).order_by(Segment.position))
    segments = [KeptSegment.model_validate(one, from_attributes=True) for one in said]
    return KeptTranscript.model_validate(vars(row) | {"segments": segments})


def tags(session: Session, user_id: UUID) -> list[KeptTag]:
    """The user's tags, used or not."""
    found = session.scalars(select(Tag).where(Tag.user_id == user_id).order_by(Tag.name_key))
    return [KeptTag(name=one.name, color=one.color) for one in found]


def kept_note(whole: WholeNote, chunks: Sequence[NoteChunk]) -> KeptNote:
    """The note but for its words."""
    note = whole.note
    words = Words(title=note.title, summary=note.summary, content=note.content)
    return KeptNote.model_validate(
        vars(note)
        | {
            "id": note.origin_id or note.id,
            "recording_id": whole.recording_client_id,
            "tags": [KeptTag(name=one.name, color=one.color, confidence=one.confidence) for one in whole.tags],
            "sources": [KeptSource.model_validate(one, from_attributes=True) for one in whole.sources],
            "citations": [KeptCitation.model_validate(one, from_attributes=True) for one in whole.citations],
            "chunks": [KeptChunk.model_validate(one, from_attributes=True) for one in chunks],
            "digests": words.digests,
        }
    )


def kept_relationship(row: NoteRelationship, of: Contents) -> KeptRelationship:
    """The relationship by the ids of the vault."""
    kept = KeptRelationship.model_validate(row, from_attributes=True)
    ids = {
        name: of.exported_as.get(note_id)
        for name in ("note_1_id", "note_2_id", "from_note_id")
        if (note_id := getattr(kept, name)) is not None
    }
    return kept.model_copy(update=ids)


def surroundings(note_id: UUID, of: Contents, audio: str | None) -> Surroundings:
    """The links of a note to the files of others."""
    links = []
    for relationship_id in of.of_note[note_id]:
        row = of.relationships[relationship_id]
        other = row.note_2_id if row.note_1_id == note_id else row.note_1_id
        links.append(_link(row, of.notes[other], of.titles[other]))
    return Surroundings(links, audio)


def surroundings_of_one(session: Session, note: Note) -> Surroundings:
    """The links of one note by itself: to the files that an export would have, where no title is there twice."""
    ends = or_(NoteRelationship.note_1_id == note.id, NoteRelationship.note_2_id == note.id)
    rows = session.scalars(select(NoteRelationship).where(NoteRelationship.user_id == note.user_id, ends)).all()
    others = {row.id: row.note_2_id if row.note_1_id == note.id else row.note_1_id for row in rows}
    found = select(Note.id, Note.title).where(Note.user_id == note.user_id, Note.id.in_(others.values()))
    titles = {row.id: row.title for row in session.execute(found)}
    strongest = sorted((row for row in rows if others[row.id] in titles), key=lambda row: -row.strength)
    return Surroundings([_link(row, safe(titles[others[row.id]], "note"), titles[others[row.id]]) for row in strongest])


def _link(row: NoteRelationship, file: str, title: str) -> Link:
    return Link(file, title, f"{row.relationship_type}, {row.strength:.2f}. {row.description or ''}".strip())
