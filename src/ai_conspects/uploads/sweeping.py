"""What no client will come back for: uploads that are full but not finished, expired ones, and bytes without a row."""

import asyncio
from datetime import datetime, timedelta
from itertools import islice
from uuid import UUID

import structlog

from ai_conspects.core.db import Database
from ai_conspects.core.errors import DomainError
from ai_conspects.engines.errors import EngineError
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.uploads import repository, service
from ai_conspects.uploads.finishing import Finisher
from ai_conspects.uploads.service import PREFIX

log = structlog.get_logger()

_AT_A_TIME = 500


def finish_full(database: Database, store: ObjectStore) -> int:
    """Finish uploads whose server died after their last byte; how many."""
    with database.transaction(as_system="sweep: full uploads") as session:
        waiting = repository.full(session)
    return sum(_finished(database, store, upload_id, user_id) for upload_id, user_id in waiting)


def _finished(database: Database, store: ObjectStore, upload_id: UUID, user_id: UUID) -> bool:
    try:
        with database.transaction(as_user=user_id) as session:
            turn = service.begin(session, user_id, upload_id)
        if turn is not None:
            asyncio.run(Finisher(store, database).finish(turn))
    except (DomainError, EngineError) as error:  # its id is taken, or the store is away: it stays until it expires
        log.warning("upload.not_finished", upload_id=str(upload_id), code=error.code)
        return False
    return turn is not None


def remove_expired(database: Database, store: ObjectStore) -> int:
    """Remove uploads whose time is over, with their bytes; how many. Raises `EngineUnavailable`: they stay then."""
    with database.transaction(as_system="sweep: expired uploads") as session:
        ids = repository.expired(session, _AT_A_TIME)
        keys = [key for upload_id in ids for key in repository.remove(session, upload_id)]
        if keys:
            store.delete(keys)  # before the commit: a row without its bytes is worth nothing, and is tried again
    return len(ids)


def remove_lost_parts(database: Database, store: ObjectStore, *, older_than_h: float, now: datetime) -> int:
    """Delete bytes that no upload has and that are older than any request; how many objects there were."""
    before, removed = now - timedelta(hours=older_than_h), 0
    old = (stored.key for stored in store.list(PREFIX) if stored.modified_at < before)
    while keys := list(islice(old, _AT_A_TIME)):
        with database.transaction(as_system="sweep: lost parts") as session:
            known = repository.known_keys(session, keys)
        lost = [key for key in keys if key not in known]
        if lost:
            store.delete(lost)
            removed += len(lost)
    return removed
