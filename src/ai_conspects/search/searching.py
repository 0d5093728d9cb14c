"""One request to search: language, direction, ranking, a page of it. No transaction is open while a model embeds."""

from dataclasses import dataclass

from ai_conspects.core.db import Database
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.errors import EngineError
from ai_conspects.search.legs import Direction
from ai_conspects.search.scope import Scope
from ai_conspects.search.service import Hit, Mode, Query, Ranking, Scored, hits, rank
from ai_conspects.search.snippets import Marker, Snippet, snippet
from ai_conspects.text.languages import detect


@dataclass(frozen=True)
class NoteHit:
    """A note and the chunk of it that answers best."""

    hit: Hit
    snippet: Snippet


@dataclass(frozen=True)
class Found:
    """A page of hits, and how many notes were found. `mode` is what was really done, `notice` says why it is less than
    what was asked for."""

    items: list[NoteHit]
    total: int
    mode: Mode
    language: str
    mended: dict[str, str]
    notice: str | None = None


@dataclass(frozen=True)
class Search:
    """What searching needs."""

    database: Database
    embeddings: Embeddings

    def search(self, scope: Scope, text: str, mode: Mode, offset: int, limit: int) -> Found:
        """The notes from `offset` on, each by its best chunk. Where the embedding engine fails, `hybrid` looks for
        words alone and says so; `semantic` raises the engine's error."""
        language, _ = detect(text)
        query, notice = self._query(text, language, mode)
        with self.database.transaction(as_user=scope.user_id) as session:
            ranking = rank(session, scope, query)
            notes, total = _best_of_each_note(ranking, offset, limit)
            found = hits(session, scope, notes)
        marker = Marker(ranking.words, language)
        items = [NoteHit(hit, snippet(hit.said, marker, hit.best)) for hit in found]
        return Found(items, total, query.mode, language, ranking.mended, notice)

    def _query(self, text: str, language: str, mode: Mode) -> tuple[Query, str | None]:
        if mode == Mode.TEXT:
            return Query(text, language, None, mode), None
        try:
            return Query(text, language, direction(self.embeddings, text), mode), None
        except EngineError as error:
            if mode == Mode.SEMANTIC:
                raise
            return Query(text, language, None, Mode.TEXT), error.message


def direction(embeddings: Embeddings, text: str) -> Direction | None:
    """Where a query points; None where it holds no word that the model knows. Raises the engine's errors."""
    vector = embeddings.embed([text], kind="query")[0]
    return Direction(vector, embeddings.model) if vector.any() else None


def _best_of_each_note(ranking: Ranking, offset: int, limit: int) -> tuple[list[Scored], int]:
    """A page of notes, and how many there are: each with its best score, shown by the best piece that was said.

    A title says no second, and perhaps none of the words in its snippet. Only where what was said answers less than
    half as well, the title and summary stand.
    """
    best: dict[int, Scored] = {}  # by number: to look for a UUID takes three times as long
    said: dict[int, Scored] = {}
    for one in ranking.scored:
        best.setdefault(one.note_id.int, one)
        if one.position > 0:
            said.setdefault(one.note_id.int, one)
    page = list(best.values())[offset : offset + limit]
    return [_shown(one, said.get(one.note_id.int, one)) for one in page], len(best)


def _shown(best: Scored, said: Scored) -> Scored:
    return said._replace(score=best.score) if said.score * 2 >= best.score else best
