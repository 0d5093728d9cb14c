"""The two legs of search in SQL, words and vectors, and what a found chunk is shown with. Always one owner's chunks.

Both legs read the owner's rows by the index on their owner, and no others, whatever is asked: an index of all users'
words would answer a common word with everybody's rows (`docs/search.md` has the figures).
"""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from numpy import float32
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, case, cast, false, func, literal, null, or_, select, true, union_all
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.orm import Session

from ai_conspects.models import AudioRecording, Note, NoteChunk, NoteTag, Tag
from ai_conspects.models.note import SEARCH_CONFIGURATIONS
from ai_conspects.search.asked import Asked
from ai_conspects.search.scope import Scope

SIMPLE = "simple"
Condition = ColumnElement[bool]
Regconfig = ColumnElement[Any]


@dataclass(frozen=True)
class Direction:
    """Where a query points, by the model that says so; only that model's rows are compared with it."""

    vector: NDArray[float32]
    model: str


@dataclass(frozen=True)
class Depth:
    """How many of the best chunks each leg brings."""

    words: int
    vectors: int


@dataclass(frozen=True)
class Candidate:
    """A chunk that may answer. `similarity` is its cosine with the query, None where another model embedded it;
    `has_word` tells that it was found by words, whatever else brought it."""

    chunk_id: UUID
    note_id: UUID
    position: int
    text: str
    similarity: float | None
    has_word: bool


@dataclass(frozen=True)
class FoundNote:
    """A note as a hit shows it: `recording_id` is the client's, the surest tag comes first."""

    id: UUID
    title: str
    summary: str | None
    type: str
    language: str
    is_favorite: bool
    created_at: datetime
    recording_id: str | None
    recording_name: str | None
    tags: list[str]


@dataclass(frozen=True)
class FoundChunk:
    """A chunk that is shown: its sentences (`{text, start_s, end_s, confidence}`), and its note."""

    id: UUID
    position: int
    text: str
    sentences: list[Any]
    note: FoundNote


def library(session: Session, user_id: UUID) -> dict[str, int]:
    """The languages of the owner's chunks, and how many chunks are in each."""
    mine = select(NoteChunk.language, func.count().label("chunks")).where(NoteChunk.user_id == user_id)
    return {row.language: row.chunks for row in session.execute(mine.group_by(NoteChunk.language))}


def candidates(
    session: Session,
    scope: Scope,
    spoken: Collection[str],
    asked: Asked | None,
    direction: Direction | None,
    depth: Depth,
) -> list[Candidate]:
    """The best chunks by words (None: not by words) and the nearest ones, each once, in no order. `spoken` are the
    languages of the owner's chunks."""
    legs = []
    if asked and spoken and (asked.words or asked.beginnings):
        found = by_words(scope, asked, spoken, depth.words).subquery()
        legs.append(select(found.c.id, true().label("has_word")))
    if direction and spoken:
        found = by_vector(scope, asked, spoken, direction, depth.vectors).subquery()
        legs.append(select(found.c.id, false().label("has_word")))
    if not legs:
        return []
    both = union_all(*legs).subquery()
    each = select(both.c.id, func.bool_or(both.c.has_word).label("has_word")).group_by(both.c.id).subquery()
    chunk = select(
        NoteChunk.id, NoteChunk.note_id, NoteChunk.position, NoteChunk.text, _similarity(direction), each.c.has_word
    )
    return [Candidate(*row) for row in session.execute(chunk.join(each, each.c.id == NoteChunk.id))]


def by_words(scope: Scope, asked: Asked, spoken: Collection[str], depth: int) -> Select[UUID]:
    """The ids of the chunks that have any of the words, and every phrase, best rank first.

    Each chunk is looked at in its own language. The rank is `ts_rank` over any of the words, lengths levelled (1).
    """
    wanted = _in_own_language(spoken, lambda configuration: _any_of(asked, configuration))
    rank = func.ts_rank(NoteChunk.tsv, wanted, 1)
    has_any = NoteChunk.tsv.op("@@")(wanted)
    found = select(NoteChunk.id).where(*scope.conditions(), has_any, *_phrases(asked, spoken))
    return found.order_by(rank.desc(), NoteChunk.id).limit(depth)


def by_vector(
    scope: Scope, asked: Asked | None, spoken: Collection[str], direction: Direction, depth: int
) -> Select[UUID]:
    """The ids of the chunks that point most nearly the query's way, among those that the same model embedded."""
    compared = (NoteChunk.embedding_model == direction.model, NoteChunk.embedding.is_not(None))
    found = select(NoteChunk.id).where(*scope.conditions(), *compared, *_phrases(asked, spoken))
    return found.order_by(NoteChunk.embedding.cosine_distance(direction.vector)).limit(depth)


def texts_with_pieces(session: Session, scope: Scope, pieces: Sequence[str], limit: int) -> list[str]:
    """Some of the chunks' texts that have one of these pieces of words (folded) in them."""
    low = func.replace(func.lower(NoteChunk.text), "ё", "е")
    has_one = or_(*(low.contains(piece, autoescape=True) for piece in pieces))
    return list(session.scalars(select(NoteChunk.text).where(*scope.conditions(), has_one).limit(limit)))


def shown(session: Session, user_id: UUID, chunk_ids: Sequence[UUID]) -> dict[UUID, FoundChunk]:
    """The chunks with their notes, by id."""
    found = (
        select(NoteChunk.id, NoteChunk.position, NoteChunk.text, NoteChunk.sentences, *_NOTE)
        .join(Note, Note.id == NoteChunk.note_id)
        .outerjoin(AudioRecording, AudioRecording.id == Note.source_recording_id)
        .where(NoteChunk.user_id == user_id, NoteChunk.id.in_(chunk_ids))
    )
    return {
        chunk_id: FoundChunk(chunk_id, position, text, sentences, FoundNote(*note))
        for chunk_id, position, text, sentences, *note in session.execute(found)
    }


_TAGS = (
    select(Tag.name)
    .join(NoteTag, NoteTag.tag_id == Tag.id)
    .where(NoteTag.note_id == Note.id)
    .order_by(NoteTag.confidence.desc().nulls_first(), Tag.name)
    .correlate(Note)
)
_NOTE = (
    Note.id,
    Note.title,
    Note.summary,
    Note.type,
    Note.language,
    Note.is_favorite,
    Note.created_at,
    AudioRecording.client_id,
    AudioRecording.filename,
    func.array(_TAGS.scalar_subquery()),
)


def _similarity(direction: Direction | None) -> ColumnElement[Any]:
    if direction is None:
        return null()
    cosine = 1 - NoteChunk.embedding.cosine_distance(direction.vector)
    return case((NoteChunk.embedding_model == direction.model, cosine), else_=null())


def _phrases(asked: Asked | None, spoken: Collection[str]) -> list[Condition]:
    """Every phrase must stand in the chunk, its words side by side in any form."""
    if asked is None:
        return []
    return [NoteChunk.tsv.op("@@")(_in_own_language(spoken, partial(_phrase, phrase))) for phrase in asked.phrases]


def _phrase(phrase: str, configuration: Regconfig) -> ColumnElement[str]:
    return func.phraseto_tsquery(configuration, phrase)


def _in_own_language(spoken: Collection[str], query: Callable[[Regconfig], ColumnElement[str]]) -> ColumnElement[str]:
    """The query as the configuration of each chunk's own language understands it."""
    by_configuration: dict[str, list[str]] = {}
    for language in spoken:
        by_configuration.setdefault(SEARCH_CONFIGURATIONS.get(language.split("-")[0], SIMPLE), []).append(language)
    named = sorted(by_configuration.items())
    # a subquery is worked out once; the bare function would be called again for every row
    queries = [(spoken, select(query(cast(literal(name), REGCONFIG))).scalar_subquery()) for name, spoken in named]
    if len(queries) == 1:
        return queries[0][1]
    return case(*((NoteChunk.language.in_(languages), wanted) for languages, wanted in queries))


def _any_of(asked: Asked, configuration: Regconfig) -> ColumnElement[str]:
    """`'word' | 'word' | 'begin':*`, stemmed; quoted, so that no word can be an operator."""
    begun = [*asked.beginnings, *([asked.unfinished] if asked.unfinished else [])]
    parts = [*map(_quoted, asked.words), *(f"{_quoted(word)}:*" for word in begun)]
    query: ColumnElement[str] = func.to_tsquery(configuration, " | ".join(parts))
    return query


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "").replace("'", "''") + "'"
