"""Asks for what must follow a note's text: its vectors and its relationships. A worker does it (`pipeline`)."""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from sqlalchemy import func
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.models import NoteRefresh, Queue

REFRESH_NOTE = "pipeline.refresh_note"

LOST_AFTER = timedelta(seconds=30)
"""A ring that led to nothing for so long is given again by the sweeper."""


def request(session: Session, user_id: UUID, note_ids: Sequence[UUID], *, relate: bool = True) -> None:
    """The vectors of these notes' chunks that have none shall be made, and their relationships found anew."""
    if not note_ids:
        return
    asked = insert(NoteRefresh).values(
        [
            {"note_id": note_id, "user_id": user_id, "relate": relate, "due_at": func.now() + LOST_AFTER}
            for note_id in sorted(note_ids)
        ]
    )
    again = {
        "version": NoteRefresh.version + 1,
        "attempt": 0,
        "relate": NoteRefresh.relate | asked.excluded.relate,
        "due_at": asked.excluded.due_at,
    }
    session.execute(asked.on_conflict_do_update(index_elements=["note_id"], set_=again))
    for note_id in note_ids:
        enqueue(session, Job(REFRESH_NOTE, Queue.EMBEDDINGS, note_id))
