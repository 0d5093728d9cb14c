"""relationship_mapping: the notes get their place among their owner's others."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

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
    """The recording's notes and chunks as `(id, text)`, and whether their owner wants them linked."""

    notes: tuple[tuple[UUID, str], ...]
    chunks: tuple[tuple[UUID, str], ...]
    wanted: bool


@dataclass(frozen=True)
class Result:
    """Vectors, shape `(n, dimensions)`, in the order of the notes and chunks, and the model that made them."""

    notes: NDArray[float32]
    chunks: NDArray[float32]
    model: str


def load(session: Session, claim: Claim) -> Loaded:
    notes = repository.of_recording(session, claim.user_id, claim.recording_id)
    chunks = repository.chunks_of(session, claim.user_id, [note.id for note in notes])
    batch = session.get_one(ProcessingBatch, claim.batch_id)
    return Loaded(
        tuple((note.id, _text(note)) for note in notes),
        tuple((chunk.id, chunk.text) for chunk in chunks),
        batch.settings["include_related_topics"],
    )


def run(loaded: Loaded, hands: Hands) -> Result:
    """One call of the embedding engine for everything."""
    texts = [text for _, text in (*loaded.notes, *loaded.chunks)]
    with hands.engine_time():
        vectors = hands.engines.embeddings.embed(texts, kind="passage")
    return Result(vectors[: len(loaded.notes)], vectors[len(loaded.notes) :], hands.engines.embeddings.model)


def save(session: Session, claim: Claim, loaded: Loaded, result: Result) -> Outcome:
    notes = repository.of_recording(session, claim.user_id, claim.recording_id)
    chunks = repository.chunks_of(session, claim.user_id, [note.id for note in notes])
    _point(notes, dict(zip((i for i, _ in loaded.notes), result.notes, strict=True)), result.model)
    _point(chunks, dict(zip((i for i, _ in loaded.chunks), result.chunks, strict=True)), result.model)
    session.flush()
    found = relate(session, notes) if loaded.wanted else []
    return Outcome(Mapped(relationships=len(found)), engine=result.model)


def _point(rows: Sequence[Note | NoteChunk], vectors: dict[UUID, NDArray[float32]], model: str) -> None:
    """A text without a word has no direction: cosines with its vector of zeros would be NaN."""
    for row in rows:
        if row.id in vectors and vectors[row.id].any():
            row.embedding, row.embedding_model = vectors[row.id], model


def _text(note: Note) -> str:
    return f"{note.title}. {note.summary or ''}\n{note.content}"
