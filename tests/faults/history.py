"""What clients asked and were told, and whether what stands at the end agrees with it (after K. Kingsbury's Jepsen).

A client logs before it believes. `violations` then looks at the database and the store, past the API.
"""

import hashlib
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from threading import Lock
from typing import Any, LiteralString

import psycopg

from ai_conspects.engines.object_storage.base import ObjectStore

FINAL = {"completed", "partial", "failed", "cancelled"}
EVERY_ROW = "-c app.system=test"
"""Options of a connection that sees the rows of all users."""


@dataclass(frozen=True)
class Event:
    """One answer. `at` counts seconds of the monotonic clock."""

    at: float
    user_id: str
    what: str
    of: str
    told: Any


@dataclass
class History:
    """Written by many threads at once."""

    events: list[Event] = field(default_factory=list)
    _lock: Lock = field(default_factory=Lock)

    def note(self, user_id: str, what: str, of: str, told: Any) -> None:
        with self._lock:
            self.events.append(Event(time.monotonic(), user_id, what, of, told))

    def acknowledged(self, user_id: str, recording: str, audio: bytes) -> None:
        """The server said that it has this recording."""
        self.note(user_id, "acknowledged", recording, hashlib.sha256(audio).digest())

    def given_up(self, user_id: str, recording: str) -> None:
        """Its client is about to remove it: from now on it may be gone."""
        self.note(user_id, "given up", recording, None)

    def removed(self, user_id: str, recording: str) -> None:
        """The server said that it is gone: it must not come back."""
        self.note(user_id, "removed", recording, None)

    def status(self, user_id: str, batch: str, told: dict[str, Any]) -> None:
        """The server said how a batch stands."""
        self.note(user_id, "status", batch, (told["status"], told["progress"]["progress_percentage"]))

    def answered(self, user_id: str, route: str, status: int, retry_after: str | None) -> None:
        """The server answered with this status."""
        self.note(user_id, "answered", route, (status, retry_after))

    def of(self, what: str) -> list[Event]:
        """The events of one kind, in their order."""
        return [event for event in self.events if event.what == what]


def violations(history: History, database_url: str, store: ObjectStore, *, swept_after: timedelta) -> list[str]:
    """Every promise that was broken, in words; none is an empty list."""
    with psycopg.connect(database_url, options=EVERY_ROW) as connection:
        return [
            *_lost(history, connection, store),
            *_unended(connection),
            *_doubled(connection),
            *_left_over(connection, store, swept_after),
            *_went_back(history),
            *_wrong_answers(history),
        ]


def _lost(history: History, connection: psycopg.Connection, store: ObjectStore) -> Iterator[str]:
    """Acknowledged, and not there any more or not the same."""
    query = "SELECT user_id::text, client_id, s3_key, sha256 FROM audio_recordings"
    standing = {(row[0], row[1]): (row[2], bytes(row[3])) for row in connection.execute(query)}
    given_up = {(event.user_id, event.of) for event in history.of("given up")}
    removed = {(event.user_id, event.of) for event in history.of("removed")}
    yield from (f"{of}: removed, and it is there again" for user_id, of in removed & standing.keys())
    for event in history.of("acknowledged"):
        if (event.user_id, event.of) in given_up:
            continue
        found = standing.get((event.user_id, event.of))
        if found is None:
            yield f"{event.of}: acknowledged, and it has no row"
        elif found[1] != event.told:
            yield f"{event.of}: its row is of other audio"
        elif _sha256(store, found[0]) != event.told:
            yield f"{event.of}: its object is not what was sent"


def _sha256(store: ObjectStore, key: str) -> bytes | None:
    with tempfile.TemporaryFile() as file:
        try:
            store.fetch(key, file)
        except Exception:
            return None
        file.seek(0)
        return hashlib.file_digest(file, "sha256").digest()


UNENDED: LiteralString = """
SELECT 'recording ' || client_id || ' is ' || status FROM audio_recordings WHERE status NOT IN
  ('completed', 'failed', 'cancelled')
UNION ALL SELECT 'batch ' || client_id || ' is ' || status FROM processing_batches WHERE status NOT IN
  ('completed', 'partial', 'failed', 'cancelled')
UNION ALL SELECT 'step ' || name || ' of ' || recording_id || ' is ' || status FROM recording_steps
  WHERE status IN ('due', 'running')
UNION ALL SELECT 'batch ' || b.client_id || ' says completed, a recording ' || r.status FROM processing_batches b
  JOIN audio_recordings r ON r.batch_id = b.id WHERE b.status = 'completed' AND r.status <> 'completed'
UNION ALL SELECT 'failed without a cause: ' || client_id FROM audio_recordings
  WHERE status = 'failed' AND coalesce(error_code, '') = ''
UNION ALL SELECT 'completed without a transcript: ' || client_id FROM audio_recordings r WHERE status = 'completed'
  AND NOT EXISTS (SELECT FROM transcripts t WHERE t.recording_id = r.id AND t.is_complete)
"""

DOUBLED: LiteralString = """
SELECT 'note twice: ' || title FROM notes WHERE source_recording_id IS NOT NULL
  GROUP BY source_recording_id, title, content HAVING count(*) > 1
UNION ALL SELECT 'segment twice in ' || transcript_id FROM segments GROUP BY transcript_id, start_s, text
  HAVING count(*) > 1
UNION ALL SELECT 'steps of ' || recording_id || ': ' || count(*) FROM recording_steps GROUP BY recording_id
  HAVING count(*) <> 6
UNION ALL SELECT 'related twice: ' || a.note_1_id || ' ' || a.note_2_id FROM note_relationships a
  JOIN note_relationships b ON a.note_1_id = b.note_2_id AND a.note_2_id = b.note_1_id
UNION ALL SELECT 'one object for two: ' || s3_key FROM audio_recordings GROUP BY s3_key HAVING count(*) > 1
  AND s3_key IS NOT NULL
"""


def _unended(connection: psycopg.Connection) -> Iterator[str]:
    yield from (row[0] for row in connection.execute(UNENDED))


def _doubled(connection: psycopg.Connection) -> Iterator[str]:
    yield from (row[0] for row in connection.execute(DOUBLED))


def _left_over(connection: psycopg.Connection, store: ObjectStore, swept_after: timedelta) -> Iterator[str]:
    """Objects without a row that the sweep should have removed, and rows without an object."""
    kept = "SELECT s3_key FROM audio_recordings WHERE s3_key IS NOT NULL UNION ALL SELECT key FROM upload_parts"
    keys = {row[0] for row in connection.execute(kept)}
    stored = {found.key: found.modified_at for found in store.list("")}
    yield from (f"{key}: a row without its object" for key in keys - stored.keys())
    before = datetime.now(UTC) - swept_after
    lost = [key for key, modified_at in stored.items() if key not in keys and modified_at < before]
    yield from (f"{key}: an object without a row" for key in lost)


def _went_back(history: History) -> Iterator[str]:
    """A final state that was left again, or progress that shrank."""
    last: dict[tuple[str, str], tuple[str, int]] = {}
    for event in history.of("status"):
        was, percent = last.get((event.user_id, event.of), ("accepted", 0))
        now, percent_now = event.told
        if was in FINAL and now != was:
            yield f"{event.of}: {was}, then {now}"
        if percent_now < percent:
            yield f"{event.of}: {percent} %, then {percent_now} %"
        last[event.user_id, event.of] = event.told


def _wrong_answers(history: History) -> Iterator[str]:
    """A 5xx that is no 503 with Retry-After."""
    for event in history.of("answered"):
        status, retry_after = event.told
        if status >= 500 and (status != 503 or not retry_after):
            yield f"{event.of}: answered {status}, Retry-After {retry_after}"
