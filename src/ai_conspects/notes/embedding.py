"""Which notes and chunks lack an embedding of the current model, and the writing of those that were made.

The rows themselves say it: `embedding_model` is the model that was asked last. No engine is called here.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from numpy import float32
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, case, func, select, text, union_all, update
from sqlalchemy.orm import Session

from ai_conspects.core.errors import DomainError
from ai_conspects.models import Note, NoteChunk

VECTOR_LENGTH = text(
    "SELECT atttypmod FROM pg_attribute WHERE attrelid = to_regclass('note_chunks') AND attname = 'embedding'"
)

Vectors = Mapping[UUID, NDArray[float32] | None]
"""Chunk → its direction, of length 1; None where its text has none, or the model refuses it."""


class WrongVectorLength(DomainError):
    """The embedding engine and the database disagree on how long a vector is."""

    code = "wrong_dimensions"

    def __init__(self, made_for: int, gives: int) -> None:
        super().__init__(
            f"This database was made for vectors of length {made_for}, the embedding engine gives {gives}: name a "
            f"model of length {made_for} and set AI_CONSPECTS_EMBEDDINGS__DIMENSIONS to it, or begin a new database."
        )


_PASSAGES = select(NoteChunk.id, NoteChunk.note_id, NoteChunk.text, NoteChunk.embedding_model).order_by(
    NoteChunk.note_id, NoteChunk.position
)


@dataclass(frozen=True)
class Passage:
    """A chunk, and the model that embedded it last, None where none has."""

    id: UUID
    note_id: UUID
    text: str
    model: str | None


def require_length(session: Session, dimensions: int) -> None:
    """Raises `WrongVectorLength` where the database can't hold vectors of that length."""
    made_for = session.scalar(VECTOR_LENGTH)
    if made_for != dimensions:
        raise WrongVectorLength(made_for, dimensions)


def anything_stale(session: Session, model: str) -> bool:
    """Whether any row lacks an embedding of this model. By the index alone, whatever the number of rows."""
    rows = union_all(*(select(row.id).where(where) for row in (NoteChunk, Note) for where in _stale(row, model)))
    return session.scalar(select(rows.limit(1).exists())) or False


def stale_count(session: Session, model: str) -> int:
    """How many chunks lack an embedding of this model."""
    counts = [select(func.count()).select_from(NoteChunk).where(where) for where in _stale(NoteChunk, model)]
    return sum(session.scalar(count) or 0 for count in counts)


def stale_chunks(session: Session, model: str, limit: int) -> list[Passage]:
    """Some chunks of one owner that lack an embedding of this model: those that never had any first.

    The owner is drawn by lot, so that nobody waits for another's thousand notes.
    """
    for stale in (NoteChunk.embedding_model.is_(None), NoteChunk.embedding_model != model):
        owners = select(NoteChunk.user_id).where(stale).distinct().subquery()
        owner = session.scalar(select(owners.c.user_id).order_by(func.random()).limit(1))
        if owner is not None:
            found = _PASSAGES.where(stale, NoteChunk.user_id == owner).limit(limit)
            return [Passage(*row) for row in session.execute(found)]
    return []


def chunks_of(session: Session, user_id: UUID, note_ids: Sequence[UUID]) -> list[Passage]:
    """All chunks of these notes."""
    found = _PASSAGES.where(NoteChunk.user_id == user_id, NoteChunk.note_id.in_(note_ids))
    return [Passage(*row) for row in session.execute(found)]


def stale_notes(session: Session, model: str, limit: int) -> list[UUID]:
    """Notes that lack an embedding of this model."""
    stale = Note.embedding_model.is_distinct_from(model)
    return list(session.scalars(select(Note.id).where(stale).order_by(Note.id).limit(limit)))


def write(session: Session, passages: Sequence[Passage], vectors: Vectors, model: str) -> None:
    """Give the chunks their vectors, except those whose text has changed meanwhile, and then their notes."""
    for passage in passages:
        session.execute(
            update(NoteChunk)
            .where(NoteChunk.id == passage.id, NoteChunk.text == passage.text)
            .values(embedding=vectors[passage.id], embedding_model=model)
            .execution_options(synchronize_session=False)
        )
    point(session, sorted({passage.note_id for passage in passages}), model)


def point(session: Session, note_ids: Sequence[UUID], model: str) -> None:
    """Give the notes their direction, the mean of their chunks', once all of these are there. Not a change of a note:
    `updated_at` stays."""
    chunks = select(NoteChunk.id).where(NoteChunk.note_id == Note.id)
    mean = func.avg(NoteChunk.embedding)
    direction = select(case((func.vector_norm(mean) > 0, func.l2_normalize(mean)))).where(NoteChunk.note_id == Note.id)
    session.execute(
        update(Note)
        .where(Note.id.in_(note_ids), ~chunks.where(NoteChunk.embedding_model.is_distinct_from(model)).exists())
        .values(embedding=direction.scalar_subquery(), embedding_model=model, updated_at=Note.updated_at)
        .execution_options(synchronize_session=False)
    )


def _stale(row: type[Note] | type[NoteChunk], model: str) -> list[ColumnElement[bool]]:
    """Three ranges of an index, where `IS DISTINCT FROM` would read the whole table."""
    return [row.embedding_model.is_(None), row.embedding_model < model, row.embedding_model > model]
