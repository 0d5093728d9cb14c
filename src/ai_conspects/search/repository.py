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
from sqlalchemy import ColumnElement, Select, case, cast, func, literal, null, or_, select, union, update
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.orm import Session

from ai_conspects.models import AudioRecording, Note, NoteChunk, NoteTag, Tag
from ai_conspects.models.note import SEARCH_CONFIGURATIONS, sparse
from ai_conspects.search.scope import Scope
from ai_conspects.text import ranking
from ai_conspects.text.read import read

SIMPLE = "simple"
READ_AT_ONCE = 500
Condition = ColumnElement[bool]
Regconfig = ColumnElement[Any]


@dataclass(frozen=True)
class Direction:
    """Where a query points, by the model that says so; only that model's rows are compared with it."""

    vector: NDArray[float32]
    model: str


@dataclass(frozen=True)
class Candidate:
    """A chunk that may answer: `tokens` are its words as `text.read` packs them. `similarity` is its cosine with the
    query, None where another model embedded it."""

    chunk_id: UUID
    note_id: UUID
    position: int
    tokens: bytes
    similarity: float | None


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
    by_words: Select[UUID] | None,
    nearest: Select[UUID] | None,
    towards: Direction | None,
) -> list[Candidate]:
    """The best chunks by words and the nearest ones, each once, in no order."""
    legs = [leg.subquery() for leg in (by_words, nearest) if leg is not None]
    if not legs:
        return []
    ids = union(*(select(leg.c.id) for leg in legs)).subquery()
    chunk = select(NoteChunk.id, NoteChunk.note_id, NoteChunk.position, NoteChunk.tokens, _similarity(towards))
    found = chunk.join(ids, ids.c.id == NoteChunk.id)
    rows = session.execute(found).all()
    if any(row.tokens is None for row in rows):
        read_all(session, scope.user_id)
        rows = session.execute(found).all()
    return [Candidate(*row) for row in rows]


def read_all(session: Session, user_id: UUID) -> None:
    """Make the words of the owner's chunks that have none: those of the release before, and those with a new text."""
    unread = select(NoteChunk.id, NoteChunk.text, NoteChunk.language)
    unread = unread.where(NoteChunk.user_id == user_id, NoteChunk.words.is_(None)).order_by(NoteChunk.id)
    while rows := session.execute(unread.limit(READ_AT_ONCE).with_for_update()).all():
        made = [(row.id, read(row.text, row.language)) for row in rows]
        session.execute(
            update(NoteChunk),
            [{"id": id_, "words": sparse(one.weights()), "tokens": one.packed()} for id_, one in made],
        )


def by_words(
    scope: Scope, asked: ranking.Asked, phrases: Sequence[str], spoken: Collection[str], depth: int
) -> Select[UUID]:
    """The ids of the chunks that have any of the words, and every phrase, best first: BM25, by the words' rarity in the
    language. Chunks whose words nobody has read yet come before all."""
    worth = NoteChunk.words.max_inner_product(sparse(asked.weights()))  # the lower, the better
    wanted = NoteChunk.words.max_inner_product(sparse(asked.weights(only_wanted=True))) < 0
    has_any = or_(wanted, NoteChunk.words.is_(None))
    found = select(NoteChunk.id).where(*scope.conditions(), has_any, *_phrases(phrases, spoken))
    return found.order_by(worth.asc().nulls_first(), NoteChunk.id).limit(depth)


def by_beginnings(scope: Scope, beginnings: Sequence[str], spoken: Collection[str], depth: int) -> Select[str]:
    """The texts of chunks that have a word which begins so, in the configuration of their language."""
    begun = " | ".join(f"{_quoted(word)}:*" for word in beginnings)
    wanted = _in_own_language(spoken, lambda configuration: func.to_tsquery(configuration, begun))
    return select(NoteChunk.text).where(*scope.conditions(), NoteChunk.tsv.op("@@")(wanted)).limit(depth)


def by_vector(
    scope: Scope, phrases: Sequence[str], spoken: Collection[str], direction: Direction, depth: int
) -> Select[UUID]:
    """The ids of the chunks that point most nearly the query's way, among those that the same model embedded."""
    compared = (NoteChunk.embedding_model == direction.model, NoteChunk.embedding.is_not(None))
    found = select(NoteChunk.id).where(*scope.conditions(), *compared, *_phrases(phrases, spoken))
    return found.order_by(NoteChunk.embedding.cosine_distance(direction.vector)).limit(depth)


def texts(session: Session, user_id: UUID, chunk_ids: Sequence[UUID]) -> list[str]:
    """The chunks' texts, in no order."""
    return list(
        session.scalars(select(NoteChunk.text).where(NoteChunk.user_id == user_id, NoteChunk.id.in_(chunk_ids)))
    )


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


def _phrases(phrases: Sequence[str], spoken: Collection[str]) -> list[Condition]:
    """Every phrase must stand in the chunk, its words side by side in any form."""
    return [NoteChunk.tsv.op("@@")(_in_own_language(spoken, partial(_phrase, phrase))) for phrase in phrases]


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


def _quoted(word: str) -> str:
    return "'" + word.replace("\\", "").replace("'", "''") + "'"
