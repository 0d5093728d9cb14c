"""A note's vectors and relationships follow its text, after its owner changed it.

It is no step of a recording: load in a short transaction, embed in none, save in a short one that counts only where
the text is still the same. A doubled ring does no harm, a lost one is given again by `ring_again`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import numpy as np
import structlog
from numpy import float32
from numpy.typing import NDArray
from sqlalchemy import delete, func, or_, select, update
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.errors import EngineError
from ai_conspects.models import Note, NoteChunk, NoteRefresh, NoteRelationship, Queue
from ai_conspects.notes.refreshing import REFRESH_NOTE
from ai_conspects.relationships.service import relate

log = structlog.get_logger()

AT_A_TIME = 100
"""Rings of one sweep."""
LONGEST_WAIT_S = 3600
"""Between two tries of a note at which the engine fails again and again."""

Vectors = dict[UUID, NDArray[float32]]


@dataclass(frozen=True)
class Stale:
    """A note that waits, the version of its wait, and its chunks without a vector of this model, as `(id, text)`."""

    note_id: UUID
    version: int
    chunks: tuple[tuple[UUID, str], ...]


def refresh(database: Database, embeddings: Embeddings, note_id: UUID) -> bool:
    """Make what is missing; whether the note is up to date now. An engine that fails leaves it to a later ring."""
    with database.transaction() as session:
        stale = _load(session, note_id, embeddings.model)
    if stale is None:
        return True
    try:
        vectors = _embedded(embeddings, stale.chunks)
    except EngineError as error:
        log.warning("note.not_refreshed", note_id=str(note_id), code=error.code)
        return False
    with database.transaction() as session:
        return _save(session, stale, vectors, embeddings.model)


def ring_again(database: Database) -> None:
    """Ring for notes that have waited too long, each time after twice as long a wait."""
    with database.transaction() as session:
        due = select(NoteRefresh).where(NoteRefresh.due_at <= func.now()).order_by(NoteRefresh.due_at)
        for row in session.scalars(due.limit(AT_A_TIME).with_for_update(skip_locked=True)):
            row.attempt += 1
            wait_s = min(LONGEST_WAIT_S, 30 * 2 ** min(row.attempt, 10))
            row.due_at = func.now() + timedelta(seconds=wait_s)
            enqueue(session, Job(REFRESH_NOTE, Queue.EMBEDDINGS, row.note_id))


def _load(session: Session, note_id: UUID, model: str) -> Stale | None:
    version = session.scalar(select(NoteRefresh.version).where(NoteRefresh.note_id == note_id))
    if version is None:
        return None
    lacking = or_(NoteChunk.embedding_model.is_(None), NoteChunk.embedding_model != model)
    found = select(NoteChunk.id, NoteChunk.text).where(NoteChunk.note_id == note_id, lacking)
    rows = session.execute(found.order_by(NoteChunk.position))
    return Stale(note_id, version, tuple((row.id, row.text) for row in rows))


def _embedded(embeddings: Embeddings, chunks: Sequence[tuple[UUID, str]]) -> Vectors:
    if not chunks:
        return {}
    made = embeddings.embed([text for _, text in chunks], kind="passage")
    return {chunk_id: vector for (chunk_id, _), vector in zip(chunks, made, strict=True)}


def _save(session: Session, stale: Stale, vectors: Vectors, model: str) -> bool:
    """Write the vectors; False where the note was changed meanwhile, which has rung anew."""
    held = select(Note).where(Note.id == stale.note_id).with_for_update(key_share=True)
    note = session.scalars(held).one_or_none()
    mine = (NoteRefresh.note_id == stale.note_id, NoteRefresh.version == stale.version)
    ended = session.execute(delete(NoteRefresh).where(*mine).returning(NoteRefresh.relate)).one_or_none()
    if note is None or ended is None:
        return note is None
    for chunk_id, vector in vectors.items():
        if np.linalg.norm(vector) > 0:  # a text without a word has none: its cosines would be NaN
            values = {"embedding": vector, "embedding_model": model}
            session.execute(update(NoteChunk).where(NoteChunk.id == chunk_id).values(**values))
    _point(session, note, model)
    if ended.relate:
        _relate_anew(session, note)
    return True


def _point(session: Session, note: Note, model: str) -> None:
    """The note's own direction is the mean of its chunks'. That is no change of its owner's."""
    found = select(NoteChunk.embedding).where(NoteChunk.note_id == note.id, NoteChunk.embedding_model == model)
    vectors = [vector for vector in session.scalars(found) if vector is not None]
    total = np.sum(vectors, axis=0) if vectors else np.zeros(1, float32)
    length = float(np.linalg.norm(total))
    values = {"embedding": total / length, "embedding_model": model} if length > 0 else NOWHERE
    session.execute(update(Note).where(Note.id == note.id).values(**values, updated_at=Note.updated_at))
    session.refresh(note)


NOWHERE = {"embedding": None, "embedding_model": None}


def _relate_anew(session: Session, note: Note) -> None:
    ends = or_(NoteRelationship.note_1_id == note.id, NoteRelationship.note_2_id == note.id)
    session.execute(delete(NoteRelationship).where(NoteRelationship.user_id == note.user_id, ends))
    relate(session, [note])
