"""Audio without a row: what a server that died in the middle of a submit leaves in the store."""

from datetime import datetime, timedelta
from itertools import islice

from sqlalchemy import select

from ai_conspects.batches.submission import AUDIO_PREFIX
from ai_conspects.core.db import Database
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.models import AudioRecording

_AT_A_TIME = 500


def remove_orphans(database: Database, store: ObjectStore, *, older_than_h: float, now: datetime) -> int:
    """Delete audio that no recording has and that is older than any upload takes; how many objects there were.

    Raises `EngineUnavailable` when the store is away; what was found until then is gone.
    """
    before = now - timedelta(hours=older_than_h)
    old = (stored.key for stored in store.list(AUDIO_PREFIX) if stored.modified_at < before)
    removed = 0
    while keys := list(islice(old, _AT_A_TIME)):
        with database.transaction(as_system="sweep: audio without a row") as session:
            known = set(session.scalars(select(AudioRecording.s3_key).where(AudioRecording.s3_key.in_(keys))))
        orphans = [key for key in keys if key not in known]
        if orphans:
            store.delete(orphans)
            removed += len(orphans)
    return removed
