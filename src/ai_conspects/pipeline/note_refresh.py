"""A note's vectors and relationships follow its text, after its owner changed it.

It is no step of a recording: load in a short transaction, embed in none, save in a short one that counts only where
the text is still the same. A doubled ring does no harm, a lost one is given again by `ring_again`.
"""

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from sqlalchemy import delete, func, or_, select
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.errors import EngineError
from ai_conspects.models import Note, NoteRefresh, NoteRelationship, Queue
from ai_conspects.notes import embedding
from ai_conspects.notes.embedding import Passage, Vectors
from ai_conspects.notes.refreshing import REFRESH_NOTE
from ai_conspects.pipeline.embedding import vectors_of
from ai_conspects.relationships.service import relate

log = structlog.get_logger()

AT_A_TIME = 100
"""Rings of one sweep."""
LONGEST_WAIT_S = 3600
"""Between two tries of a note at which the engine fails again and again."""


@dataclass(frozen=True)
class Stale:
    """A note that waits, the version of its wait, and its chunks without a vector of this model."""

    note_id: UUID
    user_id: UUID
    version: int
    passages: tuple[Passage, ...]


def refresh(database: Database, embeddings: Embeddings, note_id: UUID) -> bool:
    """Make what is missing; whether the note is up to date now. An engine that fails leaves it to a later ring."""
    with database.transaction(as_system="refresh: whose note is it?") as session:
        stale = _load(session, note_id, embeddings.model)
    if stale is None:
        return True
    try:
        vectors = vectors_of(embeddings, stale.passages) if stale.passages else {}
    except EngineError as error:
        log.warning("note.not_refreshed", note_id=str(note_id), code=error.code)
        return False
    with database.transaction(as_user=stale.user_id) as session:
        return _save(session, stale, vectors, embeddings.model)


def ring_again(database: Database) -> None:
    """Ring for notes that have waited too long, each time after twice as long a wait."""
    with database.transaction(as_system="sweep: notes to refresh") as session:
        due = select(NoteRefresh).where(NoteRefresh.due_at <= func.now()).order_by(NoteRefresh.due_at)
        for row in session.scalars(due.limit(AT_A_TIME).with_for_update(skip_locked=True)):
            row.attempt += 1
            wait_s = min(LONGEST_WAIT_S, 30 * 2 ** min(row.attempt, 10))
            row.due_at = func.now() + timedelta(seconds=wait_s)
            enqueue(session, Job(REFRESH_NOTE, Queue.EMBEDDINGS, row.note_id))


def _load(session: Session, note_id: UUID, model: str) -> Stale | None:
    waiting = select(NoteRefresh.version, NoteRefresh.user_id).where(NoteRefresh.note_id == note_id)
    row = session.execute(waiting).one_or_none()
    if row is None:
        return None
    passages = embedding.chunks_of(session, row.user_id, [note_id])
    return Stale(note_id, row.user_id, row.version, tuple(one for one in passages if one.model != model))


def _save(session: Session, stale: Stale, vectors: Vectors, model: str) -> bool:
    """Write the vectors; False where the note was changed meanwhile, which has rung anew."""
    held = select(Note).where(Note.id == stale.note_id).with_for_update(key_share=True)
    note = session.scalars(held).one_or_none()
    mine = (NoteRefresh.note_id == stale.note_id, NoteRefresh.version == stale.version)
    ended = session.execute(delete(NoteRefresh).where(*mine).returning(NoteRefresh.relate)).one_or_none()
    if note is None or ended is None:
        return note is None
    embedding.write(session, stale.passages, vectors, model)
    embedding.point(session, [note.id], model)
    session.refresh(note)
    if ended.relate:
        _relate_anew(session, note)
    return True


def _relate_anew(session: Session, note: Note) -> None:
    ends = or_(NoteRelationship.note_1_id == note.id, NoteRelationship.note_2_id == note.id)
    session.execute(delete(NoteRelationship).where(NoteRelationship.user_id == note.user_id, ends))
    relate(session, [note])
