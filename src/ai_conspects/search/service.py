"""Hybrid search over one's own notes: candidates by words and by direction, then ranked together, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cached_property
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from ai_conspects.search import repository, spelling
from ai_conspects.search.asked import Asked, parse
from ai_conspects.search.beginnings import continued
from ai_conspects.search.repository import Candidate, Depth, Direction, FoundChunk, FoundNote
from ai_conspects.search.scope import Scope
from ai_conspects.text import ranking
from ai_conspects.text.languages import base
from ai_conspects.text.sentences import Sentence

BY_WORDS, NEAREST = 100, 50
"""Chunks of each leg that are looked at closely."""
NEAREST_HASHED = 10
"""The same of vectors that know no meaning: what they find, words mostly find better."""
HASHED = "hashed"
HASHED_WEIGHTS = {"ru": 0.05, "en": 0.2}
VOCABULARY_TEXTS = 400
"""Chunks that are read for a word that was perhaps meant."""


class Mode(StrEnum):
    """By what is searched: words, meaning (as far as the embedding model goes), or both."""

    HYBRID = "hybrid"
    TEXT = "text"
    SEMANTIC = "semantic"


@dataclass(frozen=True)
class Query:
    """What is looked for. `direction` is where it points, None to look for words alone."""

    text: str
    language: str
    direction: Direction | None
    mode: Mode = Mode.HYBRID

    @cached_property
    def asked(self) -> Asked:
        """Its words, phrases and beginnings of words."""
        return parse(self.text)

    @property
    def is_hashed(self) -> bool:
        """Whether its direction is of words and their pieces, and knows no meaning."""
        return self.direction is not None and self.direction.model.startswith(HASHED)


@dataclass(frozen=True)
class Scored:
    """A chunk and how well it answers, within one search. `position` 0 is its note's title and summary."""

    chunk_id: UUID
    note_id: UUID
    position: int
    score: float


@dataclass(frozen=True)
class Ranking:
    """All that was found, best first. `words` are those by which it was found in the end, folded: the query's own, how
    beginnings went on, and `mended` ones (what was typed → what the notes say)."""

    scored: tuple[Scored, ...]
    words: tuple[str, ...]
    mended: dict[str, str]


@dataclass(frozen=True)
class Hit:
    """A chunk that was found, with its note; its sentences are numbered within it."""

    chunk_id: UUID
    position: int
    note: FoundNote
    text: str
    sentences: tuple[Sentence, ...]
    score: float


def find(session: Session, scope: Scope, query: Query, limit: int) -> list[Hit]:
    """The best chunks, best first."""
    return hits(session, scope, rank(session, scope, query).scored[:limit])


def rank(session: Session, scope: Scope, query: Query) -> Ranking:
    """Every candidate of both legs, ranked by words and by direction: measured in `docs/search.md`."""
    library = repository.library(session, scope.user_id)
    if query.mode == Mode.SEMANTIC:
        nearest = repository.candidates(session, scope, library, None, query.direction, Depth(0, NEAREST))
        return Ranking(_by_similarity(nearest), query.asked.words, {})
    direction = None if query.mode == Mode.TEXT else query.direction
    asked = query.asked
    found = repository.candidates(session, scope, library, asked, direction, _depth(query))
    if not found and asked.is_more_than_phrases:  # a name in quotes within a question is no demand
        asked = replace(asked, phrases=())
        found = repository.candidates(session, scope, library, asked, direction, _depth(query))
    mended = _mended(session, scope, query, found)
    if mended:
        also = repository.candidates(session, scope, library, _meant(asked, mended), None, Depth(BY_WORDS, 0))
        found = list({one.chunk_id: one for one in (*found, *also)}.values())
    further = continued(asked, [one.text for one in found], query.language)
    sought = [*(mended.get(word, word) for word in asked.words), *further]
    return Ranking(_by_both(" ".join(sought), query, found, sum(library.values())), tuple(sought), mended)


def hits(session: Session, scope: Scope, scored: Sequence[Scored]) -> list[Hit]:
    """What is shown of them, in their order."""
    chunks = repository.shown(session, scope.user_id, [one.chunk_id for one in scored])
    return [_hit(chunks[one.chunk_id], one.score) for one in scored if one.chunk_id in chunks]


def semantic_weight(model: str, language: str) -> float:
    """What a model's direction counts beside the words.

    The hashed one knows no meaning: it helps a little where it knows the dictionary forms, in Russian and English, and
    elsewhere only brings candidates.
    """
    if model.startswith(HASHED):
        return HASHED_WEIGHTS.get(base(language), 0.0)
    return 1.0


def _depth(query: Query) -> Depth:
    return Depth(BY_WORDS, NEAREST_HASHED if query.is_hashed else NEAREST)


def _by_both(sought: str, query: Query, found: Sequence[Candidate], among: int) -> tuple[Scored, ...]:
    lexical = ranking.rank(sought, [one.text for one in found], query.language, among)
    weight = semantic_weight(query.direction.model, query.language) if query.direction else 0.0
    semantic = np.array([max(one.similarity or 0.0, 0.0) for one in found])
    scores = ranking.fuse(lexical, semantic, weight) / (1 + weight)
    if query.is_hashed:  # pieces of words in common are chance where no word is
        scores *= lexical.has_word | np.array([one.has_word for one in found], bool)
    return _ordered(found, scores)


def _by_similarity(found: Sequence[Candidate]) -> tuple[Scored, ...]:
    return _ordered(found, np.array([max(one.similarity or 0.0, 0.0) for one in found]))


def _ordered(found: Sequence[Candidate], scores: ranking.Scores) -> tuple[Scored, ...]:
    paired = sorted(zip(found, scores.tolist(), strict=True), key=lambda pair: (-pair[1], str(pair[0].chunk_id)))
    return tuple(Scored(one.chunk_id, one.note_id, one.position, score) for one, score in paired if score > 0)


def _mended(session: Session, scope: Scope, query: Query, found: Sequence[Candidate]) -> dict[str, str]:
    """Misspelt words → what the notes say. The notes found by the other words are looked in first; only where no word
    brought any, all of the owner's are."""
    texts = [one.text for one in found]
    typed = [word for word in query.asked.words if word != query.asked.unfinished or not found]
    doubtful = spelling.doubtful(typed, texts, query.language)
    if not doubtful:
        return {}
    if len(doubtful) == len(query.asked.words):
        pieces = [piece for word in doubtful for piece in spelling.pieces(word)]
        texts = repository.texts_with_pieces(session, scope, pieces, VOCABULARY_TEXTS)
    return {word: meant for word in doubtful if (meant := spelling.mended(word, texts)) is not None}


def _meant(asked: Asked, mended: dict[str, str]) -> Asked:
    return replace(asked, words=tuple(mended.get(word, word) for word in asked.words), unfinished="")


def _hit(found: FoundChunk, score: float) -> Hit:
    sentences = tuple(Sentence(id=at, **one) for at, one in enumerate(found.sentences))
    return Hit(found.id, found.position, found.note, found.text, sentences, score)
