"""Hybrid search over one's own notes: candidates by words and by direction, then ranked together, exactly."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from ai_conspects.search import repository, spelling
from ai_conspects.search.asked import Asked, parse
from ai_conspects.search.beginnings import continued
from ai_conspects.search.repository import Candidate, Direction, FoundChunk, FoundNote
from ai_conspects.search.scope import Scope
from ai_conspects.text import ranking
from ai_conspects.text.languages import base
from ai_conspects.text.read import unpacked
from ai_conspects.text.sentences import Sentence

BY_WORDS, NEAREST = 100, 50
"""Chunks of each leg that are looked at closely."""
HASHED = "hashed"
HASHED_WEIGHTS = {"ru": 0.02, "en": 0.1}
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
    if not library:
        return Ranking((), query.asked.words, {})
    look = _Look(session, scope, query, library)
    if query.mode == Mode.SEMANTIC:
        return Ranking(_by_similarity(look.nearest()), query.asked.words, {})
    begun = look.continued(query.asked.beginnings)
    found, lexical = look.at([*query.asked.words, *begun])
    mended, further = look.meant(found, lexical.lacking)
    if mended or further:
        begun += further
        found, lexical = look.at([*(mended.get(word, word) for word in query.asked.words), *begun])
    words = (*(mended.get(word, word) for word in query.asked.words), *begun)
    return Ranking(_by_both(query, found, lexical), words, mended)


def hits(session: Session, scope: Scope, scored: Sequence[Scored]) -> list[Hit]:
    """What is shown of them, in their order."""
    chunks = repository.shown(session, scope.user_id, [one.chunk_id for one in scored])
    return [_hit(chunks[one.chunk_id], one.score) for one in scored if one.chunk_id in chunks]


def semantic_weight(model: str, language: str) -> float:
    """What a model's direction counts beside the words.

    The hashed one knows no meaning: it helps a little in Russian and English, and brings no candidates.
    """
    if model.startswith(HASHED):
        return HASHED_WEIGHTS.get(base(language), 0.0)
    return 1.0


@dataclass(frozen=True)
class _Look:
    """One look at an owner's chunks, in so many of each language."""

    session: Session
    scope: Scope
    query: Query
    library: dict[str, int]

    def at(self, words: Sequence[str]) -> tuple[list[Candidate], ranking.Ranked]:
        """The candidates, and their ranks by these words. A name in quotes within a question is no demand."""
        asked = ranking.Asked(words, list(dict.fromkeys([self.query.language, *self.library])))
        phrases = self.query.asked.phrases
        found = self._candidates(asked, phrases)
        if not found and self.query.asked.is_more_than_phrases:
            found = self._candidates(asked, ())
        return found, ranking.rank(asked, [unpacked(one.tokens) for one in found], sum(self.library.values()))

    def nearest(self) -> list[Candidate]:
        """The nearest ones, whatever their words."""
        direction = self.query.direction
        if direction is None:
            return []
        leg = repository.by_vector(self.scope, (), self.library, direction, NEAREST)
        return repository.candidates(self.session, self.scope, None, leg, direction)

    def continued(self, beginnings: Sequence[str]) -> list[str]:
        """Words of the notes that begin so."""
        if not beginnings:
            return []
        begun = repository.by_beginnings(self.scope, beginnings, self.library, VOCABULARY_TEXTS)
        return continued(beginnings, list(self.session.scalars(begun)))

    def meant(self, found: Sequence[Candidate], lacking: Sequence[str]) -> tuple[dict[str, str], list[str]]:
        """For words that no note says: what was misspelt → what the notes say, and how an unfinished one goes on.

        The notes found by the other words are looked in first; only where no word brought any, all of the owner's are.
        """
        unfinished = self.query.asked.unfinished
        further = self.continued([unfinished]) if unfinished in lacking else []
        doubtful = spelling.doubtful([one for one in lacking if one != unfinished or not further], self.query.language)
        if not doubtful:
            return {}, further
        pieces = [piece for word in doubtful for piece in spelling.pieces(word)]
        texts = repository.texts(self.session, self.scope.user_id, [one.chunk_id for one in found])
        texts = texts or repository.texts_with_pieces(self.session, self.scope, pieces, VOCABULARY_TEXTS)
        return {word: one for word in doubtful if (one := spelling.mended(word, texts)) is not None}, further

    def _candidates(self, asked: ranking.Asked, phrases: Sequence[str]) -> list[Candidate]:
        direction = None if self.query.mode == Mode.TEXT else self.query.direction
        words = repository.by_words(self.scope, asked, phrases, self.library, BY_WORDS) if asked.order else None
        near = None
        if direction and not self.query.is_hashed:  # pieces of words in common are chance where no word is
            near = repository.by_vector(self.scope, phrases, self.library, direction, NEAREST)
        return repository.candidates(self.session, self.scope, words, near, direction)


def _by_both(query: Query, found: Sequence[Candidate], lexical: ranking.Ranked) -> tuple[Scored, ...]:
    weight = semantic_weight(query.direction.model, query.language) if query.direction else 0.0
    semantic = np.array([max(one.similarity or 0.0, 0.0) for one in found])
    return _ordered(found, ranking.fuse(lexical, semantic, weight) / (1 + weight))


def _by_similarity(found: Sequence[Candidate]) -> tuple[Scored, ...]:
    return _ordered(found, np.array([max(one.similarity or 0.0, 0.0) for one in found]))


def _ordered(found: Sequence[Candidate], scores: ranking.Scores) -> tuple[Scored, ...]:
    paired = sorted(zip(found, scores.tolist(), strict=True), key=lambda pair: (-pair[1], str(pair[0].chunk_id)))
    return tuple(Scored(one.chunk_id, one.note_id, one.position, score) for one, score in paired if score > 0)


def _hit(found: FoundChunk, score: float) -> Hit:
    sentences = tuple(Sentence(id=at, **one) for at, one in enumerate(found.sentences))
    return Hit(found.id, found.position, found.note, found.text, sentences, score)
