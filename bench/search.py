"""How well and how fast notes are found: by text, by vectors, by both, beside plain SQL.

`python -m bench.search [--languages ru,en,de,es,ar] [--every 1] [--first 0] [--onnx FOLDER]`. XQuAD: 240 paragraphs as
notes and 1190 questions; and thirty everyday questions that share hardly a word with their notes. Recall at 1 and 5 and
MRR at 10 in percent; times in ms of the whole search, in turns with SQL: both legs alone, which give ids, and the same
page (both legs fused, notes with tags, marked snippets) as one statement.
Goals: hybrid at least 93/99/95.5 in Russian and 95/99/97 in English, nowhere below its better half; p50 ≤ 1.5 × that
of the same page by SQL.
"""

import argparse
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import text

from ai_conspects.core import machine
from ai_conspects.core.db import Database
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.engines.embeddings.onnx import OnnxEmbeddings
from ai_conspects.models.note import SEARCH_CONFIGURATIONS
from ai_conspects.search.scope import Scope
from ai_conspects.search.searching import Search
from ai_conspects.search.service import Mode
from ai_conspects.text.words import words
from bench import corpora, kept
from bench.corpora import Corpus

DEPTH = 10

# a query in a subquery is parsed once, not for every row
WORDS_SQL = """
SELECT note_id FROM note_chunks WHERE user_id = :user AND tsv @@ (SELECT to_tsquery(:config, :asked))
ORDER BY ts_rank(tsv, (SELECT to_tsquery(:config, :asked)), 1) DESC LIMIT 50
"""
AND_SQL = """
SELECT note_id FROM note_chunks WHERE user_id = :user AND tsv @@ websearch_to_tsquery(:config, :asked)
ORDER BY ts_rank_cd(tsv, websearch_to_tsquery(:config, :asked)) DESC LIMIT 10
"""
VECTOR_SQL = """
SELECT note_id FROM note_chunks WHERE user_id = :user AND embedding_model = :model
ORDER BY embedding <=> CAST(:vector AS vector) LIMIT 50
"""

PAGE_SQL = """
WITH asked AS (SELECT to_tsquery(:config, :asked) AS query),
by_words AS (
  SELECT id, row_number() OVER (ORDER BY ts_rank(tsv, query, 1) DESC) AS place FROM note_chunks, asked
  WHERE user_id = :user AND tsv @@ query ORDER BY place LIMIT 50
), by_vector AS (
  SELECT id, row_number() OVER (ORDER BY embedding <=> CAST(:vector AS vector)) AS place FROM note_chunks
  WHERE user_id = :user AND embedding_model = :model ORDER BY place LIMIT 50
), fused AS (
  SELECT id, coalesce(1.0 / (60 + by_words.place), 0) + coalesce(1.0 / (60 + by_vector.place), 0) AS score
  FROM by_words FULL JOIN by_vector USING (id)
), best AS (
  SELECT DISTINCT ON (c.note_id) c.note_id, c.text, c.sentences, score FROM fused JOIN note_chunks c USING (id)
  ORDER BY c.note_id, score DESC
), page AS (SELECT * FROM best ORDER BY score DESC LIMIT 10)
SELECT n.id, n.title, n.summary, n.type, n.language, n.is_favorite, n.created_at, r.client_id, r.filename,
  ARRAY(SELECT t.name FROM note_tags nt JOIN tags t ON t.id = nt.tag_id WHERE nt.note_id = n.id) AS tags,
  page.sentences, ts_headline(:config, page.text, query, 'StartSel=<mark>, StopSel=</mark>') AS snippet
FROM page JOIN notes n ON n.id = page.note_id LEFT JOIN audio_recordings r ON r.id = n.source_recording_id, asked
ORDER BY score DESC
"""


@dataclass
class Score:
    """Places of the right note, None where it wasn't among the first ten, and seconds."""

    places: list[int | None] = field(default_factory=list)
    seconds: list[float] = field(default_factory=list)

    def figures(self) -> kept.Row:
        """Recall at 1 and 5, MRR at 10 in percent; the median and the 99th percentile in ms."""
        found = [place for place in self.places if place is not None]
        shares = (
            sum(place == 0 for place in found),
            sum(place < 5 for place in found),
            sum(1 / (place + 1) for place in found),
        )
        times = np.percentile(np.array(self.seconds) * 1e3, [50, 99])
        found_in = dict(
            zip(("r1", "r5", "mrr"), (round(100 * one / len(self.places), 1) for one in shares), strict=True)
        )
        return {**found_in, "p50_ms": round(float(times[0]), 2), "p99_ms": round(float(times[1]), 2)}


@dataclass(frozen=True)
class Sql:
    """The same searches written by hand."""

    database: Database
    embeddings: Embeddings
    user: UUID
    language: str

    def both_legs(self, asked: str) -> list[UUID]:
        """Words and vectors; the words' order is the answer."""
        vector = self.embeddings.embed([asked], kind="query")[0]
        quoted = " | ".join("'" + word.replace("'", "''") + "'" for word in words(asked))
        with self.database.transaction(as_system="a bench") as session:
            by_words = session.execute(text(WORDS_SQL), self._given(quoted)).scalars().all()
            given = {"user": self.user, "model": self.embeddings.model, "vector": str(vector.tolist())}
            session.execute(text(VECTOR_SQL), given).scalars().all()
        return list(dict.fromkeys(by_words))

    def page(self, asked: str) -> list[UUID]:
        """Words and vectors fused by reciprocal rank, and all that a page of hits shows, by one statement."""
        vector = self.embeddings.embed([asked], kind="query")[0]
        quoted = " | ".join("'" + word.replace("'", "''") + "'" for word in words(asked))
        given = {**self._given(quoted), "model": self.embeddings.model, "vector": str(vector.tolist())}
        with self.database.transaction(as_system="a bench") as session:
            return list(session.execute(text(PAGE_SQL), given).scalars())

    def vectors(self, asked: str) -> list[UUID]:
        """The nearest notes by pgvector alone, without row-level security."""
        vector = self.embeddings.embed([asked], kind="query")[0]
        given = {"user": self.user, "model": self.embeddings.model, "vector": str(vector.tolist())}
        with self.database.transaction(as_system="a bench") as session:
            return list(session.execute(text(VECTOR_SQL), given).scalars())

    def every_word(self, asked: str) -> list[UUID]:
        """`websearch_to_tsquery`, which wants all the words."""
        with self.database.transaction(as_system="a bench") as session:
            return list(dict.fromkeys(session.execute(text(AND_SQL), self._given(asked)).scalars()))

    def _given(self, asked: str) -> dict[str, object]:
        return {"user": self.user, "asked": asked, "config": SEARCH_CONFIGURATIONS[self.language]}


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--languages", default="ru,en,de,es,ar")
    parser.add_argument("--every", type=int, default=1, help="ask only every n-th question")
    parser.add_argument("--first", type=int, default=0, help="the first one that is asked: tune on some, report others")
    parser.add_argument("--onnx", default="", help="also with the sentence encoder in this folder")
    kept.option(parser)
    chosen = parser.parse_args()
    figures: list[kept.Row] = []
    table = Table("notes", "by", "R@1", "R@5", "MRR@10", "p50 ms", "p99 ms")
    with corpora.database() as database:
        for embeddings in engines(chosen.onnx):
            for language in chosen.languages.split(","):
                some = slice(chosen.first, None, chosen.every)
                figures += measure(database, corpora.xquad(language), f"XQuAD {language}", embeddings, some)
            figures += measure(database, corpora.everyday(), "everyday ru", embeddings, slice(None))
    for row in figures:
        table.add_row(*map(str, row.values()))
    Console(width=110).print(table)
    kept.keep(chosen.json, figures)


def engines(onnx_folder: str) -> list[Embeddings]:
    """The embedded engine, and the one that is named."""
    return [HashedEmbeddings(), *([OnnxEmbeddings(Path(onnx_folder), 384)] if onnx_folder else [])]


def measure(database: Database, corpus: Corpus, name: str, embeddings: Embeddings, some: slice) -> list[kept.Row]:
    """Ask some of the questions by each way in turn: a row for each."""
    user, notes = corpora.keep(database, corpus, embeddings)
    search, sql = Search(database, embeddings), Sql(database, embeddings, user, corpus.language)

    def searched(mode: Mode) -> Callable[[str], list[UUID]]:
        def ask(asked: str) -> list[UUID]:
            return [item.hit.note.id for item in search.search(Scope(user), asked, mode, 0, DEPTH).items]

        return ask

    ways: dict[str, Callable[[str], list[UUID]]] = {
        "SQL: every word": sql.every_word,
        "SQL: both legs, order of words": sql.both_legs,
        "SQL: a page of both, fused by rank": sql.page,
        **{f"search: {mode}": searched(mode) for mode in Mode},
    }
    scores = {way: Score() for way in ways}
    machine.settle()  # as the API does
    for asked in corpus.asked[some]:
        for way, ask in ways.items():
            began = time.perf_counter()
            found = ask(asked.question)[:DEPTH]
            scores[way].seconds.append(time.perf_counter() - began)
            gold = notes[asked.gold]
            scores[way].places.append(found.index(gold) if gold in found else None)
    return [{"notes": f"{name}, {embeddings.model}", "by": way, **score.figures()} for way, score in scores.items()]


if __name__ == "__main__":
    main()
