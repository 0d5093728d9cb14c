"""Candidates, texts and what a found chunk is shown with, out of the database. Always one owner's."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, bindparam, func, or_, select, update
from sqlalchemy.orm import Session

from ai_conspects.models import AudioRecording, Note, NoteChunk, NoteTag, Tag
from ai_conspects.models.note import said, sparse
from ai_conspects.search import legs
from ai_conspects.search.legs import Sought
from ai_conspects.search.scope import Scope, conditions
from ai_conspects.text.read import read

READ_AT_ONCE = 500


class Candidate(NamedTuple):
    """A chunk that may answer: `tokens` are its words as `text.read` packs them. `similarity` is its cosine with the
    query, None where another model embedded it."""

    chunk_id: UUID
    note_id: UUID
    position: int
    tokens: bytes
    similarity: float | None


class FoundNote(NamedTuple):
    """A note as a hit shows it: `recording_id` is the client's, the surest tag comes first."""

    id: UUID
    title: str
    summary: str | None
    type: str
    language: str
    is_favorite: bool
    created_at: datetime
    recording_id: str | None
    recording_name: str | None
    tags: list[str]


@dataclass(frozen=True)
class FoundChunk:
    """A chunk that is shown: its sentences (`{text, start_s, end_s, confidence}`), and its note."""

    id: UUID
    position: int
    text: str
    sentences: list[Any]
    note: FoundNote


def library(session: Session, user_id: UUID) -> dict[str, int]:
    """The languages of the owner's chunks, and how many chunks are in each."""
    return _counted(session.connection().execute(legs.library(), {"owner": user_id}).scalar_one())


def candidates(session: Session, sought: Sought, values: dict[str, Any]) -> tuple[list[Candidate], dict[str, int]]:
    """The best chunks by words and the nearest ones, each once, in no order; with them the owner's library, empty where
    there are none. `values` are the statement's."""
    found = legs.candidates(sought)
    rows = session.connection().execute(found, values).all()
    if None in [row[4] for row in rows]:  # tokens
        read_all(session, values["owner"])
        rows = session.connection().execute(found, values).all()
    return [Candidate._make(row[1:]) for row in rows], _counted(rows[0][0]) if rows else {}


def nearest(session: Session, sought: Sought, values: dict[str, Any]) -> list[Candidate]:
    """The nearest chunks, whatever they say: their tokens are not read. `values` are the statement's."""
    rows = session.connection().execute(legs.nearest(sought), values)
    return [Candidate(id_, note_id, position, b"", 1 - distance) for id_, note_id, position, distance in rows]


def read_all(session: Session, user_id: UUID) -> None:
    """Make the words of the owner's chunks that have none: those of the release before, and those with a new text."""
    unread = select(NoteChunk.id, NoteChunk.text, NoteChunk.sentences, NoteChunk.language)
    unread = unread.where(NoteChunk.user_id == user_id, NoteChunk.words.is_(None)).order_by(NoteChunk.id)
    while rows := session.execute(unread.limit(READ_AT_ONCE).with_for_update()).all():
        made = [(row.id, read(said(row.text, row.sentences), row.language)) for row in rows]
        session.execute(
            update(NoteChunk),
            [{"id": id_, "words": sparse(one.weights()), "tokens": one.packed()} for id_, one in made],
        )


def texts(session: Session, user_id: UUID, chunk_ids: Sequence[UUID]) -> list[str]:
    """The chunks' texts, in no order."""
    return list(session.connection().scalars(_TEXTS, {"owner": user_id, "chunks": list(chunk_ids)}))


def texts_with_beginnings(
    session: Session, scope: Scope, beginnings: Sequence[str], spoken: Sequence[str], limit: int
) -> list[str]:
    """Some of the chunks' texts that have a word which begins so, in the configuration of their language."""
    found = legs.by_beginnings(scope.filters, spoken, limit)
    return list(session.scalars(found, scope.values() | legs.beginnings_values(beginnings)))


def texts_with_pieces(session: Session, scope: Scope, pieces: Sequence[str], limit: int) -> list[str]:
    """Some of the chunks' texts that have one of these pieces of words (folded) in them."""
    low = func.replace(func.lower(NoteChunk.text), "ё", "е")
    has_one = or_(*(low.contains(piece, autoescape=True) for piece in pieces))
    found = select(NoteChunk.text).where(*conditions(scope.filters), has_one).limit(limit)
    return list(session.scalars(found, scope.values()))


def shown(session: Session, user_id: UUID, chunk_ids: Sequence[UUID]) -> dict[UUID, FoundChunk]:
    """The chunks with their notes, by id."""
    found = session.connection().execute(_SHOWN, {"owner": user_id, "chunks": list(chunk_ids)}).all()
    return {
        chunk_id: FoundChunk(chunk_id, position, text, sentences, FoundNote._make(note))
        for chunk_id, position, text, sentences, *note in found
    }


_TAGS = (
    select(Tag.name)
    .join(NoteTag, NoteTag.tag_id == Tag.id)
    .where(NoteTag.note_id == Note.id)
    .order_by(NoteTag.confidence.desc().nulls_first(), Tag.name)
    .correlate(Note)
)
_NOTE = (
    Note.id,
    Note.title,
    Note.summary,
    Note.type,
    Note.language,
    Note.is_favorite,
    Note.created_at,
    AudioRecording.client_id,
    AudioRecording.filename,
    func.array(_TAGS.scalar_subquery()),
)
_CHOSEN = (
    # said so that no index serves it: a plan made for anybody would read all that the owner has, for ten of it
    NoteChunk.user_id.is_not_distinct_from(bindparam("owner", type_=Uuid())),
    NoteChunk.id == any_(bindparam("chunks", type_=ARRAY(Uuid))),
)
_SHOWN = (
    select(NoteChunk.id, NoteChunk.position, NoteChunk.text, NoteChunk.sentences, *_NOTE)
    .join(Note, Note.id == NoteChunk.note_id)
    .outerjoin(AudioRecording, AudioRecording.id == Note.source_recording_id)
    .where(*_CHOSEN)
    .execution_options(binary=True)
)
_TEXTS = select(NoteChunk.text).where(*_CHOSEN)


def _counted(library: str | None) -> dict[str, int]:
    counted: dict[str, int] = json.loads(library or "{}")
    return counted
