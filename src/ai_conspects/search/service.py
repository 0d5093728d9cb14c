"""Hybrid search over one's own notes: candidates by words and by vector, then ranked together."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import numpy as np
from numpy import float32
from numpy.typing import NDArray
from sqlalchemy.orm import Session

from ai_conspects.search import repository
from ai_conspects.search.repository import FoundChunk, Scope
from ai_conspects.text import ranking
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.words import words

CANDIDATES = 50


@dataclass(frozen=True)
class Query:
    """What is looked for, and its direction by the embedding model that made it."""

    text: str
    language: str
    vector: NDArray[float32]
    model: str


@dataclass(frozen=True)
class Hit:
    """A chunk that was found. `score` compares within one search only; sentences are numbered within the chunk."""

    note_id: UUID
    note_title: str
    recording_id: str | None
    recording_name: str | None
    text: str
    sentences: tuple[Sentence, ...]
    score: float


def find(session: Session, scope: Scope, query: Query, limit: int) -> list[Hit]:
    """The best chunks, best first.

    Both legs give candidates; all of them are ranked by words (lemmas and character n-grams) and by direction, each
    normalised by its maximum and added: measured better than reciprocal ranks where one leg is weak.
    """
    by_vector = repository.by_vector(session, scope, query.vector, query.model, CANDIDATES)
    by_words = repository.by_words(session, scope, sorted(set(words(query.text))), CANDIDATES)
    found = {one.chunk.id: one for one in (*by_words, *by_vector)}  # those with a similarity win
    if not found:
        return []
    candidates = list(found.values())
    scores = _scores(query, candidates)
    best = np.argsort(-scores, kind="stable")[:limit]
    return [_hit(candidates[at], float(scores[at])) for at in best if scores[at] > 0]


def semantic_weight(model: str) -> float:
    """What a model's direction counts beside the words: little for the hashed one, which knows no meaning."""
    return 0.2 if model.startswith("hashed") else 1.0


def _scores(query: Query, candidates: Sequence[FoundChunk]) -> NDArray[Any]:
    lexical = ranking.scores(query.text, [one.chunk.text for one in candidates], query.language)
    semantic = np.array([max(one.similarity or 0.0, 0.0) for one in candidates])
    return ranking.fuse(lexical, semantic, semantic_weight(query.model))


def _hit(found: FoundChunk, score: float) -> Hit:
    chunk = found.chunk
    sentences = tuple(Sentence(id=at, **one) for at, one in enumerate(chunk.sentences))
    return Hit(chunk.note_id, found.note_title, found.recording_id, found.recording_name, chunk.text, sentences, score)
