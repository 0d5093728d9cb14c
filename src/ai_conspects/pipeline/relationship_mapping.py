"""relationship_mapping: the notes get their place among their owner's others."""

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy.orm import Session

from ai_conspects.models import ProcessingBatch
from ai_conspects.notes import embedding, repository
from ai_conspects.notes.embedding import Passage, Vectors
from ai_conspects.pipeline.claims import Claim
from ai_conspects.pipeline.embedding import BATCH, vectors_of
from ai_conspects.pipeline.step import Hands, Outcome
from ai_conspects.recordings import repository as recordings
from ai_conspects.relationships.service import relate


class Mapped(BaseModel):
    """What came of it."""

    relationships: int


@dataclass(frozen=True)
class Loaded:
    """The chunks of the recording's notes, and whether their owner wants the notes linked."""

    passages: tuple[Passage, ...]
    wanted: bool


@dataclass(frozen=True)
class Result:
    """The model whose embeddings all chunks now have."""

    model: str


def load(session: Session, claim: Claim) -> Loaded:
    notes = repository.of_recording(session, claim.user_id, claim.recording_id)
    passages = embedding.chunks_of(session, claim.user_id, [note.id for note in notes])
    batch = session.get_one(ProcessingBatch, claim.batch_id)
    recording = recordings.recording(session, claim.user_id, claim.recording_id)
    asked = batch.settings | (recording.remade or {})
    return Loaded(tuple(passages), asked["include_related_topics"])


def run(loaded: Loaded, hands: Hands) -> Result:
    """Embed what the model hasn't yet, a batch at a time; each is kept, whatever becomes of the next."""
    engine = hands.engines.embeddings
    missing = [passage for passage in loaded.passages if passage.model != engine.model]
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        with hands.engine_time():
            vectors = vectors_of(engine, batch)
        write = _Write(batch, vectors, engine.model, engine.dimensions)
        hands.checkpoint((start + len(batch)) / len(missing), write)
    return Result(engine.model)


def save(session: Session, claim: Claim, loaded: Loaded, result: Result) -> Outcome:
    notes = repository.of_recording(session, claim.user_id, claim.recording_id)
    embedding.point(session, [note.id for note in notes], result.model)
    for note in notes:
        session.refresh(note, ["embedding", "embedding_model"])
    found = relate(session, notes) if loaded.wanted else []
    return Outcome(Mapped(relationships=len(found)), engine=result.model)


@dataclass(frozen=True)
class _Write:
    """A batch's vectors on their way into the database. Raises `WrongVectorLength`."""

    passages: list[Passage]
    vectors: Vectors
    model: str
    dimensions: int

    def __call__(self, session: Session) -> None:
        embedding.require_length(session, self.dimensions)
        embedding.write(session, self.passages, self.vectors, self.model)
