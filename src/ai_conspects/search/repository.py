"""The two legs of search in SQL: words and vectors. Always over one owner's chunks."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from numpy import float32
from numpy.typing import NDArray
from sqlalchemy import ColumnElement, Select, cast, func, select
from sqlalchemy.dialects.postgresql import REGCONFIG, TSQUERY
from sqlalchemy.orm import Session

from ai_conspects.models import AudioRecording, Note, NoteChunk, NoteTag, Tag
from ai_conspects.models.note import SEARCH_CONFIGURATIONS

SIMPLE = "simple"


@dataclass(frozen=True)
class Scope:
    """Where to look: one owner's notes, of which only these notes or tags, if any are named."""

    user_id: UUID
    note_ids: tuple[UUID, ...] = ()
    tags: tuple[str, ...] = ()


@dataclass(frozen=True)
class FoundChunk:
    """A chunk with what its reader is told about its note."""

    chunk: NoteChunk
    note_title: str
    recording_id: str | None  # the client's
    recording_name: str | None
    similarity: float | None = None  # the cosine to the query, where the vectors found it


def languages(session: Session, scope: Scope) -> list[str]:
    """The languages of the owner's chunks."""
    return list(session.scalars(select(NoteChunk.language).where(NoteChunk.user_id == scope.user_id).distinct()))


def by_words(session: Session, scope: Scope, words: Sequence[str], limit: int) -> list[FoundChunk]:
    """The chunks that have any of the words, best rank first (`ts_rank` with length normalisation 1)."""
    configurations = _configurations(languages(session, scope))
    if not words or not configurations:
        return []
    query = _any_of(words, configurations)
    rank = func.ts_rank(NoteChunk.tsv, query, 1)
    found = _chunks(scope).where(NoteChunk.tsv.op("@@")(query)).order_by(rank.desc(), NoteChunk.id).limit(limit)
    return [FoundChunk(*row) for row in session.execute(found)]


def by_vector(session: Session, scope: Scope, vector: NDArray[float32], model: str, limit: int) -> list[FoundChunk]:
    """The chunks that point most nearly the query's way, among those that the same model embedded."""
    distance = NoteChunk.embedding.cosine_distance(vector)
    found = (
        _chunks(scope)
        .add_columns((1 - distance).label("similarity"))
        .where(NoteChunk.embedding_model == model, NoteChunk.embedding.is_not(None))
        .order_by(distance)
        .limit(limit)
    )
    return [FoundChunk(*row) for row in session.execute(found)]


def _chunks(scope: Scope) -> Select[NoteChunk, str, str | None, str | None]:
    found = (
        select(NoteChunk, Note.title, AudioRecording.client_id, AudioRecording.filename)
        .join(Note, Note.id == NoteChunk.note_id)
        .outerjoin(AudioRecording, AudioRecording.id == Note.source_recording_id)
        .where(NoteChunk.user_id == scope.user_id)
    )
    if scope.note_ids:
        found = found.where(NoteChunk.note_id.in_(scope.note_ids))
    if scope.tags:
        tagged = select(NoteTag.note_id).join(Tag, Tag.id == NoteTag.tag_id)
        found = found.where(NoteChunk.note_id.in_(tagged.where(Tag.user_id == scope.user_id, Tag.name.in_(scope.tags))))
    return found


def _configurations(languages: Sequence[str]) -> list[str]:
    return sorted({SEARCH_CONFIGURATIONS.get(language.split("-")[0], SIMPLE) for language in languages})


def _any_of(words: Sequence[str], configurations: Sequence[str]) -> ColumnElement[str]:
    """`'word' | 'word' …`, stemmed by each configuration in use; quoted, so that no word can be an operator."""
    quoted = " | ".join("'" + word.replace("\\", "").replace("'", "''") + "'" for word in words)
    queries = [func.to_tsquery(cast(name, REGCONFIG), quoted) for name in configurations]
    query: ColumnElement[str] = queries[0]
    for other in queries[1:]:
        query = query.op("||")(other)
    return cast(query, TSQUERY)
