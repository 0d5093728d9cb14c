"""Ends an account: its rows in one transaction, then its objects in the store.

With the user's row go all others, by their foreign keys: sessions, secrets, recordings, transcripts, notes, vectors,
relationships, conversations. Whoever is still at work for that user finds no row to write to. An object whose row is
gone belongs to nobody; what the store can't remove at once, the hourly sweep of orphans does.
"""

from itertools import islice
from uuid import UUID

import structlog
from sqlalchemy import delete, text
from sqlalchemy.orm import Session

from ai_conspects.batches.submission import AUDIO_PREFIX
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.engines.errors import EngineError
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.models import User
from ai_conspects.uploads.service import PREFIX as UPLOADS_PREFIX

log = structlog.get_logger()

_AT_A_TIME = 500


def erase_rows(session: Session, user_id: UUID) -> None:
    """Every row of the user's is gone, and every token of theirs counts for nothing."""
    session.execute(text("SET LOCAL statement_timeout = '10min'"))  # it may be a hundred thousand chunks
    session.execute(delete(User).where(User.id == user_id))
    publish(session, Event(user_id, EventType.ACCOUNT_ENDED, {}))  # listeners go, and what they were told


def erase_objects(store: ObjectStore, user_id: UUID) -> bool:
    """Remove the audio, and what was uploaded of more; whether nothing is left. Call it once the rows are gone."""
    try:
        for prefix in (f"{AUDIO_PREFIX}{user_id}/", f"{UPLOADS_PREFIX}{user_id}/"):
            stored = (found.key for found in list(store.list(prefix)))
            while keys := list(islice(stored, _AT_A_TIME)):
                store.delete(keys)
    except EngineError as error:
        log.warning("account.objects_left", code=error.code)
        return False
    return True
