"""Embeddings in the background: of all notes after the model was changed, and of whatever else lacks one.

The rows say what is to be done, so that nothing is lost with a message or a worker. Search goes on meanwhile: by words
over everything, by vectors over what the current model has embedded.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from uuid import UUID

import structlog

from ai_conspects.core.db import Database
from ai_conspects.core.errors import DomainError
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.errors import EngineError, EngineRejected, EngineUnavailable
from ai_conspects.models import Queue
from ai_conspects.notes import embedding
from ai_conspects.notes.embedding import Passage, Vectors
from ai_conspects.pipeline import turns
from ai_conspects.pipeline.claims import LeaseLost
from ai_conspects.pipeline.heartbeat import Heartbeat
from ai_conspects.pipeline.turns import Turn
from ai_conspects.pipeline.waiting import DATABASE_AWAY, wait_s

log = structlog.get_logger()

EMBED_NOTES = "pipeline.embed_notes"
JOB = "embed_notes"
BATCH = 32
"""Chunks embedded at a time, about a thousand characters each: what memory holds, and what a crash costs."""
TURN_S = 10.0
"""After so long a turn ends and the job queues again, behind the steps that became due meanwhile."""
ALL = UUID(int=0)
"""A ring is about all notes; the rows say which."""


def vectors_of(engine: Embeddings, passages: Sequence[Passage]) -> Vectors:
    """The passages' vectors by one call of the engine; where it refuses a text, one by one, so that only that has none.

    Raises `EngineUnavailable` and `EngineMisconfigured`.
    """
    try:
        rows = engine.embed([passage.text for passage in passages], kind="passage")
    except EngineRejected as error:
        if len(passages) > 1:
            alone = [vectors_of(engine, [passage]) for passage in passages]
            return {key: vector for one in alone for key, vector in one.items()}
        log.warning("embeddings.text_refused", chunk_id=str(passages[0].id), code=error.code)
        return {passages[0].id: None}
    return {passage.id: row if row.any() else None for passage, row in zip(passages, rows, strict=True)}


@dataclass(frozen=True)
class Embedder:
    """One worker process's way to embed what waits. `draining` says whether the worker was asked to stop."""

    database: Database
    engine: Embeddings
    worker: str
    lease_s: float
    draining: Callable[[], bool]
    turn_s: float = TURN_S

    def take_turn(self) -> None:
        """Embed what waits, for a while; where more is left, ring again. Nothing where somebody else is at it."""
        if self.draining():
            return
        try:
            with self.database.transaction(as_system=JOB) as session:
                turn = turns.take(session, JOB, worker=self.worker, lease_s=self.lease_s)
            if turn is not None:
                self._take(turn)
        except LeaseLost:
            log.warning("embeddings.lease_lost")
        except DATABASE_AWAY as error:  # the lease will end, and the sweeper rings again
            log.warning("embeddings.left", error=type(error).__name__)

    def _take(self, turn: Turn) -> None:
        hold = partial(turns.hold, turn=turn, lease_s=self.lease_s)
        try:
            with Heartbeat(partial(self.database.transaction, as_system=JOB), hold, self.lease_s, JOB):
                self._embed(turn)
        except EngineUnavailable as error:
            self._wait(turn, wait_s(turn.waits, error.retry_after), error.code, str(error))
        except (EngineError, DomainError) as error:  # somebody must act; it is tried again all the same
            self._wait(turn, wait_s(turn.waits, None), error.code, str(error))

    def _embed(self, turn: Turn) -> None:
        with self.database.transaction(as_system=JOB) as session:
            embedding.require_length(session, self.engine.dimensions)
        until, (more, done) = time.monotonic() + self.turn_s, self._batch(turn)
        while more and time.monotonic() < until and not self.draining():
            more, count = self._batch(turn)
            done += count
        with self.database.transaction(as_system=JOB) as session:
            turns.end(session, turn)
            if more:
                enqueue(session, Job(EMBED_NOTES, Queue.EMBEDDINGS, ALL))
            left = embedding.stale_count(session, self.engine.model) if done else 0
        if done:
            log.info("embeddings.made", model=self.engine.model, chunks=done, left=left)

    def _batch(self, turn: Turn) -> tuple[bool, int]:
        """Embed one batch: whether there was anything to do, and how many chunks were."""
        model = self.engine.model
        with self.database.transaction(as_system=JOB) as session:
            passages = embedding.stale_chunks(session, model, BATCH)
            notes = [] if passages else embedding.stale_notes(session, model, BATCH)
        if not passages and not notes:
            return False, 0
        vectors = vectors_of(self.engine, passages) if passages else {}
        with self.database.transaction(as_system=JOB) as session:
            turns.hold(session, turn, lease_s=self.lease_s)
            embedding.write(session, passages, vectors, model)
            embedding.point(session, notes, model)
        return True, len(passages)

    def _wait(self, turn: Turn, after_s: float, code: str, message: str) -> None:
        log.warning("embeddings.wait", after_s=round(after_s, 1), code=code, error=message)
        with self.database.transaction(as_system=JOB) as session:
            turns.end_until(session, turn, after_s=after_s, code=code, message=message)


def ring_if_stale(database: Database, model: str, queue_length: Callable[[Queue], int]) -> None:
    """Ring where rows wait and nobody is at them: after a crash, a wait, or a change of the model."""
    with database.transaction(as_system=JOB) as session:
        wanted = turns.is_due(session, JOB) and embedding.anything_stale(session, model)
        if wanted and queue_length(Queue.EMBEDDINGS) == 0:  # else a message is on its way, perhaps this very one
            enqueue(session, Job(EMBED_NOTES, Queue.EMBEDDINGS, ALL))
