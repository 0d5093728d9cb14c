"""The two legs of search as SQL, words and vectors. Always one owner's chunks.

Both read the owner's rows by the index on their owner, and no others, whatever is asked: an index of all users' words
would answer a common word with everybody's rows (`docs/search.md` has the figures).
Values are named parameters (`values` of a scope, of words, of phrases, of a direction), for to build a statement takes
longer than the database needs to answer it: each kind is built once.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any

from numpy import float32
from numpy.typing import NDArray
from pgvector import Vector
from pgvector.sqlalchemy import SPARSEVEC
from sqlalchemy import ColumnElement, Select, Text, bindparam, case, cast, func, literal, null, or_, select, union
from sqlalchemy.dialects.postgresql import REGCONFIG
from sqlalchemy.types import UserDefinedType

from ai_conspects.models import NoteChunk
from ai_conspects.models.note import SEARCH_CONFIGURATIONS, sparse
from ai_conspects.search.scope import Condition, conditions
from ai_conspects.text import ranking
from ai_conspects.text.read import SPACE

SIMPLE = "simple"
_COLUMNS = (
    NoteChunk.id,
    NoteChunk.note_id,
    NoteChunk.position,
    NoteChunk.tokens,
    NoteChunk.embedding_model,
    NoteChunk.embedding,
)
Regconfig = ColumnElement[Any]


class _Bytes(UserDefinedType[Vector]):
    """A vector that the driver writes, where pgvector's own type for SQLAlchemy writes a text."""

    cache_ok = True

    def get_col_spec(self, **_: object) -> str:
        return "VECTOR"


@dataclass(frozen=True)
class Direction:
    """Where a query points, by the model that says so; only that model's rows are compared with it."""

    vector: NDArray[float32]
    model: str

    def values(self) -> dict[str, Any]:
        """The parameters of a leg that compares."""
        return {"direction": Vector(self.vector), "model": self.model}


@dataclass(frozen=True)
class Sought:
    """What kind of candidates are looked for: the names of a scope's filters, how many phrases they must have and in
    which languages these are understood, how many by words and how many by vector, and whether vectors are compared."""

    filters: frozenset[str] = frozenset()
    phrases: int = 0
    spoken: tuple[str, ...] = ()
    by_words: int = 0
    nearest: int = 0
    compared: bool = False


def words_values(asked: ranking.Asked) -> dict[str, Any]:
    """The parameters of `by_words`."""
    return {"worth": sparse(asked.weights()), "wanted": sparse(asked.weights(only_wanted=True))}


def phrases_values(phrases: Sequence[str]) -> dict[str, Any]:
    """The parameters of legs that demand phrases."""
    return {f"phrase_{at}": phrase for at, phrase in enumerate(phrases)}


def by_words(sought: Sought) -> Select[Any]:
    """The ids of the chunks that have any of the words, and every phrase, best first: BM25, by the words' rarity in the
    language. Chunks whose words nobody has read yet come before all."""
    worth = NoteChunk.words.max_inner_product(bindparam("worth", type_=SPARSEVEC(SPACE)))  # the lower, the better
    wanted = NoteChunk.words.max_inner_product(bindparam("wanted", type_=SPARSEVEC(SPACE))) < 0
    found = select(NoteChunk.id).where(*_within(sought), or_(wanted, NoteChunk.words.is_(None)))
    return found.order_by(worth.asc().nulls_first(), NoteChunk.id).limit(sought.by_words)


def by_vector(sought: Sought) -> Select[Any]:
    """The ids of the chunks that point most nearly the query's way, among those that the same model embedded."""
    compared = (NoteChunk.embedding_model == bindparam("model"), NoteChunk.embedding.is_not(None))
    found = select(NoteChunk.id).where(*_within(sought), *compared)
    return found.order_by(_distance()).limit(sought.nearest)


def by_beginnings(filters: frozenset[str], spoken: Sequence[str], depth: int) -> Select[Any]:
    """The texts of chunks that have a word which begins as one of those in `beginnings_values`."""
    wanted = _in_own_language(spoken, lambda configuration: func.to_tsquery(configuration, bindparam("begun")))
    return select(NoteChunk.text).where(*conditions(filters), NoteChunk.tsv.op("@@")(wanted)).limit(depth)


def beginnings_values(beginnings: Sequence[str]) -> dict[str, Any]:
    """The parameters of `by_beginnings`."""
    return {"begun": " | ".join(f"{_quoted(word)}:*" for word in beginnings)}


@lru_cache(maxsize=256)
def candidates(sought: Sought) -> Select[Any]:
    """The chunks of both legs, each once, in no order: the owner's `library`, id, note, position, tokens, cosine."""
    if sought.by_words and sought.nearest:
        either = union(*(select(leg(sought).subquery().c.id) for leg in (by_words, by_vector))).subquery()
        found = select(*_COLUMNS).join(either, either.c.id == NoteChunk.id)
    else:
        found = (by_words if sought.by_words else by_vector)(sought).with_only_columns(*_COLUMNS)
    chunk = found.subquery().c  # the vectors of those alone are compared
    cosine = case((chunk.embedding_model == bindparam("model"), 1 - _distance(chunk.embedding)), else_=null())
    columns = (chunk.id, chunk.note_id, chunk.position, chunk.tokens, cosine if sought.compared else null())
    return select(library().scalar_subquery(), *columns).execution_options(binary=True)


@lru_cache(maxsize=64)
def nearest(sought: Sought) -> Select[Any]:
    """The chunks of the leg of vectors alone, the nearest first: id, note, position, cosine distance."""
    return by_vector(sought).with_only_columns(NoteChunk.id, NoteChunk.note_id, NoteChunk.position, _distance())


@lru_cache(maxsize=1)
def library() -> Select[Any]:
    """The languages of the owner's chunks, and how many chunks are in each, as the text of a JSON object, or null."""
    chunks = select(NoteChunk.language, func.count().label("chunks")).where(*conditions(()))
    each = chunks.group_by(NoteChunk.language).subquery()
    return select(cast(func.jsonb_object_agg(each.c.language, each.c.chunks), Text))


def _distance(embedding: Any = NoteChunk.embedding) -> ColumnElement[Any]:
    distance: ColumnElement[Any] = embedding.cosine_distance(bindparam("direction", type_=_Bytes()))
    return distance


def _within(sought: Sought) -> list[Condition]:
    """Every phrase must stand in the chunk, its words side by side in any form."""
    asked = [partial(_phrase, f"phrase_{at}") for at in range(sought.phrases)]
    return [
        *conditions(sought.filters),
        *(NoteChunk.tsv.op("@@")(_in_own_language(sought.spoken, phrase)) for phrase in asked),
    ]


def _phrase(name: str, configuration: Regconfig) -> ColumnElement[str]:
    return func.phraseto_tsquery(configuration, bindparam(name))


def _in_own_language(spoken: Sequence[str], query: Callable[[Regconfig], ColumnElement[str]]) -> ColumnElement[str]:
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
