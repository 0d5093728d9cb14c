"""relationship_mapping: the notes get their place among their owner's others."""

from collections import defaultdict
from dataclasses import dataclass
from uuid import UUID

import numpy as np
from numpy import float32
from numpy.typing import NDArray
from pydantic import BaseModel
from sqlalchemy.orm import Session

from ai_conspects.models import Note, NoteChunk, ProcessingBatch
from ai_conspects.notes import repository
from ai_conspects.pipeline.claims import Claim
from ai_conspects.pipeline.step import Hands, Outcome
from ai_conspects.relationships.service import relate


class Mapped(BaseModel):
    """What came of it."""

    relationships: int


@dataclass(frozen=True)
class Loaded:
    """The chunks of the recording's notes as `(id, text)`, and whether their owner wants the notes linked."""

    chunks: tuple[tuple[UUID, str], ...]
    wanted: bool


@dataclass(frozen=True)
class Result:
    """A vector for each chunk, and the model that made them."""

    vectors: dict[UUID, NDArray[float32]]
    model: str


def load(session: Session, claim: Claim) -> Loaded:
    notes = repository.of_recording(session, claim.user_id, claim.recording_id)
    chunks = repository.chunks_of(session, claim.user_id, [note.id for note in notes])
    batch = session.get_one(ProcessingBatch, claim.batch_id)
    return Loaded(tuple((chunk.id, chunk.text) for chunk in chunks), batch.settings["include_related_topics"])


def run(loaded: Loaded, hands: Hands) -> Result:
    """One call of the embedding engine for everything."""
    ids, texts = [chunk_id for chunk_id, _ in loaded.chunks], [text for _, text in loaded.chunks]
    with hands.engine_time():
        vectors = hands.engines.embeddings.embed(texts, kind="passage")
    return Result(dict(zip(ids, vectors, strict=True)), hands.engines.embeddings.model)


def save(session: Session, claim: Claim, loaded: Loaded, result: Result) -> Outcome:
    notes = repository.of_recording(session, claim.user_id, claim.recording_id)
    chunks = repository.chunks_of(session, claim.user_id, [note.id for note in notes])
    directions: dict[UUID, NDArray[float32]] = defaultdict(lambda: np.zeros(1, float32))
    for chunk in chunks:
        if chunk.id in result.vectors:
            _point(chunk, result.vectors[chunk.id], result.model)
            directions[chunk.note_id] = directions[chunk.note_id] + result.vectors[chunk.id]
    for note in notes:
        _point(note, directions[note.id], result.model)
    session.flush()
    found = relate(session, notes) if loaded.wanted else []
    return Outcome(Mapped(relationships=len(found)), engine=result.model)


def _point(row: Note | NoteChunk, vector: NDArray[float32], model: str) -> None:
    """Give the row its direction, of length 1: a note's is the mean of its chunks', which no model finds too long.

    A text without a word has none: cosines with a vector of zeros would be NaN.
    """
    length = float(np.linalg.norm(vector))
    if length > 0:
        row.embedding, row.embedding_model = vector / length, model
