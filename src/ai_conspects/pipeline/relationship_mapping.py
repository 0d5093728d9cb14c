"""relationship_mapping: the notes get their place among their owner's others."""

from dataclasses import dataclass

from pydantic import BaseModel
from sqlalchemy.orm import Session

from ai_conspects.accounts.budgets import BudgetSpent
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.language_model.base import Usage
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from ai_conspects.models import Note, ProcessingBatch
from ai_conspects.notes import embedding, repository
from ai_conspects.notes.embedding import Passage, Vectors
from ai_conspects.pipeline.claims import Claim
from ai_conspects.pipeline.embedding import BATCH, vectors_of
from ai_conspects.pipeline.entailment import verdicts
from ai_conspects.pipeline.paid_answers import Paid, PaidAnswers, load_paid
from ai_conspects.pipeline.step import Hands, Outcome
from ai_conspects.recordings import repository as recordings
from ai_conspects.relationships.linking import Key, Link
from ai_conspects.relationships.service import proposed, relate


class Mapped(BaseModel):
    """What came of it."""

    relationships: int


@dataclass(frozen=True)
class Loaded:
    """The chunks of the recording's notes, whether their owner wants the notes linked, and what an earlier try of the
    step has paid for."""

    claim: Claim
    passages: tuple[Passage, ...]
    wanted: bool
    paid: Paid
    usage: Usage


@dataclass(frozen=True)
class Result:
    """The model whose embeddings all chunks now have, and the relationships that a language model denies."""

    model: str
    refused: frozenset[Key] = frozenset()
    notice: str | None = None


def load(session: Session, claim: Claim) -> Loaded:
    notes = repository.of_recording(session, claim.user_id, claim.recording_id)
    passages = embedding.chunks_of(session, claim.user_id, [note.id for note in notes])
    batch = session.get_one(ProcessingBatch, claim.batch_id)
    recording = recordings.recording(session, claim.user_id, claim.recording_id)
    asked = batch.settings | (recording.remade or {})
    return Loaded(claim, tuple(passages), asked["include_related_topics"], *load_paid(session, claim.step_id))


def run(loaded: Loaded, hands: Hands) -> Result:
    """Embed what the model hasn't yet, a batch at a time; each is kept, whatever becomes of the next. Then, where the
    setting says so, ask the language model about what the rules find."""
    engine = hands.engines.embeddings
    missing = [passage for passage in loaded.passages if passage.model != engine.model]
    for start in range(0, len(missing), BATCH):
        batch = missing[start : start + BATCH]
        with hands.engine_time():
            vectors = vectors_of(engine, batch)
        write = _Write(batch, vectors, engine.model, engine.dimensions)
        hands.checkpoint((start + len(batch)) / len(missing), write)
    asks = hands.settings.notes.check_relationships and hands.engines.language_model.name != ExtractiveModel.name
    return _checked(loaded, hands, engine.model) if asks and loaded.wanted else Result(engine.model)


def save(session: Session, claim: Claim, loaded: Loaded, result: Result) -> Outcome:
    notes = _pointed(session, claim, result.model)
    found = relate(session, notes, result.refused) if loaded.wanted else []
    return Outcome(Mapped(relationships=len(found)), engine=result.model, notice=result.notice)


def _checked(loaded: Loaded, hands: Hands, model: str) -> Result:
    """With what the model refuses of the relationships that the rules find; a model that can't answer refuses none.

    Raises `EngineUnavailable` and `EngineMisconfigured`.
    """
    links: list[Link] = []

    def find(session: Session) -> None:
        links.extend(proposed(session, _pointed(session, loaded.claim, model)))

    hands.checkpoint(0.9, find)
    answers = PaidAnswers(hands.engines.language_model, hands, loaded.claim.step_id, loaded.paid, loaded.usage)
    pairs = [
        {"type": link.finding.type, "older": link.finding.older, "newer": link.finding.newer, **_titles(link)}
        for link in links
    ]
    try:
        told = verdicts(pairs, "relationships", links[0].newer.language if links else "en", answers)
    except (EngineRejected, BudgetSpent) as error:
        return Result(model, notice=f"The relationships were not checked by the language model: {error}")
    return Result(model, frozenset(link.key for at, link in enumerate(links) if not told.get(at, True)))


def _titles(link: Link) -> dict[str, str]:
    return {"older_title": link.older.title, "newer_title": link.newer.title}


def _pointed(session: Session, claim: Claim, model: str) -> list[Note]:
    """The recording's notes with their directions."""
    notes = repository.of_recording(session, claim.user_id, claim.recording_id)
    embedding.point(session, [note.id for note in notes], model)
    for note in notes:
        session.refresh(note, ["embedding", "embedding_model"])
    return notes


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
