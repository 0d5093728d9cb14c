"""What an answer may stand on: the chunks found for a question as it was typed, and as it stands by itself."""

from dataclasses import dataclass
from uuid import UUID

from ai_conspects.chat.schemas import ChatContext
from ai_conspects.core.db import Database
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.errors import EngineError
from ai_conspects.search.scope import Scope
from ai_conspects.search.searching import direction
from ai_conspects.search.service import Hit, Query, find

CHUNKS_PER_NOTE = 3


@dataclass(frozen=True)
class Retrieved:
    """The hits, best first; `has_notes` tells whether there was anything to look in."""

    hits: list[Hit]
    has_notes: bool


def retrieve(
    database: Database, embeddings: Embeddings, user_id: UUID, forms: list[str], language: str, wanted: ChatContext
) -> Retrieved:
    """The hits of at most `max_context_notes` notes; of a chunk that several forms found, the best one.

    Where the embedding engine is away, words alone are looked for.
    """
    if not wanted.include_notes:
        return Retrieved([], has_notes=False)
    queries = [_query(embeddings, form, language) for form in dict.fromkeys(forms)]
    scope = Scope(user_id, tuple(wanted.note_ids), tuple(wanted.tags))
    limit = wanted.max_context_notes * CHUNKS_PER_NOTE
    with database.transaction(as_user=user_id) as session:
        found = [hit for query in queries for hit in find(session, scope, query, limit)]
        has_notes = bool(found) or scope.holds_anything(session)
    best: dict[UUID, Hit] = {}
    for hit in sorted(found, key=lambda one: -one.score):
        best.setdefault(hit.chunk_id, hit)
    notes = list(dict.fromkeys(hit.note.id for hit in best.values()))[: wanted.max_context_notes]
    return Retrieved([hit for hit in best.values() if hit.note.id in notes][:limit], has_notes)


def _query(embeddings: Embeddings, form: str, language: str) -> Query:
    try:
        return Query(form, language, direction(embeddings, form))
    except EngineError:
        return Query(form, language, None)
