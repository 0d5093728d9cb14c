"""Hybrid search over one's own notes: candidates by words and by direction, then ranked together, exactly."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import Any, NamedTuple
from uuid import UUID

import numpy as np
from sqlalchemy.orm import Session

from ai_conspects.search import legs, repository, spelling
from ai_conspects.search.asked import Asked, parse
from ai_conspects.search.beginnings import continued
from ai_conspects.search.legs import Direction, Sought
from ai_conspects.search.repository import Candidate, FoundChunk, FoundNote
from ai_conspects.search.scope import Scope
from ai_conspects.text import ranking
from ai_conspects.text.languages import base
from ai_conspects.text.read import unpacked
from ai_conspects.text.sentences import Sentence

BY_WORDS, NEAREST = 100, 50
"""Chunks of each leg that are looked at closely."""
HASHED = "hashed"
HASHED_WEIGHTS = {"ru": 0.1, "en": 0.1}
_A_LITTLE = 1e-9
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


class Scored(NamedTuple):
    """A chunk and how well it answers, within one search. `position` 0 is its note's title and summary. `sentence`:
    the one that says most of what was asked, from 0, None where no words were looked for."""

    chunk_id: UUID
    note_id: UUID
    position: int
    score: float
    sentence: int | None = None


@dataclass(frozen=True)
class Ranking:
    """All that was found, best first. `words` are those by which it was found in the end, folded: the query's own, how
    beginnings went on, and `mended` ones (what was typed → what the notes say)."""

    scored: tuple[Scored, ...]
    words: tuple[str, ...]
    mended: dict[str, str]


@dataclass(frozen=True)
class Hit:
    """A chunk that was found, with its note. `said` are its sentences as they are stored, `best` the place of the one
    that says most of what was asked, where that is known."""

    chunk_id: UUID
    position: int
    note: FoundNote
    text: str
    said: Sequence[Mapping[str, Any]]
    score: float
    best: int | None = None

    @property
    def sentences(self) -> tuple[Sentence, ...]:
        """Its sentences, numbered within it."""
        return tuple(Sentence(id=at, **one) for at, one in enumerate(self.said))


def find(session: Session, scope: Scope, query: Query, limit: int) -> list[Hit]:
    """The best chunks, best first."""
    return hits(session, scope, rank(session, scope, query).scored[:limit])


def rank(session: Session, scope: Scope, query: Query) -> Ranking:
    """Every candidate of both legs, ranked by words and by direction: measured in `docs/search.md`."""
    look = _Look(session, scope, query)
    if query.mode == Mode.SEMANTIC:
        return Ranking(_by_similarity(look.nearest()), query.asked.words, {})
    begun = look.continued(query.asked.beginnings)
    found, lexical = look.at([*query.asked.words, *begun])
    if not look.library:
        return Ranking((), query.asked.words, {})
    mended, further = look.meant(found, lexical.lacking)
    if mended or further:
        begun += further
        found, lexical = look.at([*(mended.get(word, word) for word in query.asked.words), *begun])
    words = (*(mended.get(word, word) for word in query.asked.words), *begun)
    return Ranking(_by_both(query, found, lexical), words, mended)


def hits(session: Session, scope: Scope, scored: Sequence[Scored]) -> list[Hit]:
    """What is shown of them, in their order."""
    chunks = repository.shown(session, scope.user_id, [one.chunk_id for one in scored])
    return [_hit(chunks[one.chunk_id], one) for one in scored if one.chunk_id in chunks]


def semantic_weight(model: str, language: str) -> float:
    """What a model's direction counts beside the words.

    The hashed one knows no meaning: it brings no candidates and leaves the first place to the words. In Russian and
    English it helps to order the others.
    """
    if model.startswith(HASHED):
        return HASHED_WEIGHTS.get(base(language), 0.0)
    return 1.0


@lru_cache(maxsize=10_000)
def _last_spoken(user_id: UUID) -> list[str]:
    """The languages of an owner's chunks when this process last searched them: a guess, to be written over."""
    del user_id
    return []


class _Look:
    """One look at an owner's chunks. `library` is how many there are in each language."""

    def __init__(self, session: Session, scope: Scope, query: Query) -> None:
        self.session, self.scope, self.query = session, scope, query
        self.library: dict[str, int] = {}

    def at(self, words: Sequence[str]) -> tuple[list[Candidate], ranking.Ranked]:
        """The candidates, and their ranks by these words. A name in quotes within a question is no demand.

        What words are in a language must be known to ask, and which languages there are comes with the answer: they are
        taken to be those of the last time, and where they aren't, it is asked anew.
        """
        spoken = tuple(_last_spoken(self.scope.user_id)) or self._count()
        asked = ranking.Asked(words, list(dict.fromkeys([self.query.language, *spoken])))
        found = self._candidates(asked, spoken) if spoken else []
        if spoken != (self._keep(self.library) if found else self._count()):
            return self.at(words)
        return found, ranking.rank(asked, unpacked([one.tokens for one in found]), sum(self.library.values()))

    def nearest(self) -> list[Candidate]:
        """The nearest ones, whatever their words."""
        direction = self.query.direction
        if direction is None:
            return []
        sought = Sought(self.scope.filters, nearest=NEAREST)
        return repository.nearest(self.session, sought, self.scope.values() | direction.values())

    def continued(self, beginnings: Sequence[str]) -> list[str]:
        """Words of the notes that begin so."""
        if not beginnings or not (spoken := self._count()):
            return []
        begun = repository.texts_with_beginnings(self.session, self.scope, beginnings, spoken, VOCABULARY_TEXTS)
        return continued(beginnings, begun)

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
        said = spelling.said(texts)
        return {word: one for word in doubtful if (one := spelling.mended(word, said)) is not None}, further

    def _candidates(self, asked: ranking.Asked, spoken: tuple[str, ...]) -> list[Candidate]:
        phrases = self.query.asked.phrases
        found = self._having(asked, phrases, spoken)
        return found if found or not self.query.asked.is_more_than_phrases else self._having(asked, (), spoken)

    def _having(self, asked: ranking.Asked, phrases: Sequence[str], spoken: tuple[str, ...]) -> list[Candidate]:
        direction = None if self.query.mode == Mode.TEXT else self.query.direction
        sought = Sought(
            self.scope.filters,
            len(phrases),
            spoken if phrases else (),
            by_words=BY_WORDS if asked.order else 0,
            # pieces of words in common are chance where no word is
            nearest=NEAREST if direction and not self.query.is_hashed else 0,
            compared=direction is not None,
        )
        if not sought.by_words and not sought.nearest:
            return []
        values = self.scope.values() | legs.words_values(asked) | legs.phrases_values(phrases)
        found, self.library = repository.candidates(
            self.session, sought, values | direction.values() if direction else values
        )
        return found

    def _count(self) -> tuple[str, ...]:
        """The languages of the owner's chunks, as they are now."""
        self.library = repository.library(self.session, self.scope.user_id)
        return self._keep(self.library)

    def _keep(self, library: Iterable[str]) -> tuple[str, ...]:
        """Its languages, for the next time."""
        spoken = _last_spoken(self.scope.user_id)
        spoken[:] = sorted(library)
        return tuple(spoken)


def _by_both(query: Query, found: Sequence[Candidate], lexical: ranking.Ranked) -> tuple[Scored, ...]:
    weight = semantic_weight(query.direction.model, query.language) if query.direction else 0.0
    scores = ranking.fuse(lexical, _similarities(found), weight) / (1 + weight)
    if query.is_hashed and len(scores):
        first = lexical.scores == lexical.scores.max()
        if (ahead := scores.max() - scores[first].max()) > 0:
            scores[first] += ahead + _A_LITTLE
    return _ordered(found, scores, lexical.best.tolist())


def _by_similarity(found: Sequence[Candidate]) -> tuple[Scored, ...]:
    return _ordered(found, _similarities(found), [None] * len(found))


def _similarities(found: Sequence[Candidate]) -> ranking.Scores:
    known = np.array([one.similarity or 0.0 for one in found])
    above: ranking.Scores = np.fmax(known, 0.0)  # a text without words points nowhere: its cosine is no number
    return above


def _ordered(found: Sequence[Candidate], scores: ranking.Scores, sentences: Sequence[int | None]) -> tuple[Scored, ...]:
    scored = [
        Scored(one.chunk_id, one.note_id, one.position, score, sentence)
        for one, score, sentence in zip(found, scores.tolist(), sentences, strict=True)
        if score > 0
    ]
    return tuple(sorted(scored, key=lambda one: (-one.score, one.chunk_id)))


def _hit(found: FoundChunk, scored: Scored) -> Hit:
    own = found.text == " ".join([one["text"] for one in found.sentences])  # those of a summary are less than its text
    best = scored.sentence if own else None
    return Hit(found.id, found.position, found.note, found.text, found.sentences, scored.score, best)
