"""Search of one user with 1,000 notes among everybody's chunks, beside the same two legs as plain SQL, as all grow.

`python -m bench.search_scale [--chunks 10000 100000 1000000] [--questions 200]`. Its own PostgreSQL for each size, for
a million some 10 GB of disk and ten minutes to fill, removed at the end. `--filled URL` measures one that `bench.crowd`
filled before. Every question is asked twice, by each way in turn; the times are of the second half of the run, in ms,
in this process. Recall is that of the vector leg under row-level security beside every vector multiplied here.
Goals: p99 ≤ 30 ms on two idle cores, by vectors ≤ 2 × the same SELECT by pgvector alone; recall@10 ≥ 0.98.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, zip_longest
from uuid import UUID

import numpy as np
from rich.console import Console
from rich.table import Table
from sqlalchemy import select
from tests import data
from tests.servers import postgres_server

from ai_conspects import migrations
from ai_conspects.core.db import Database, connect
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.models import NoteChunk, User
from ai_conspects.search import legs
from ai_conspects.search.legs import Sought
from ai_conspects.search.scope import Scope
from ai_conspects.search.searching import Search, direction
from ai_conspects.search.service import Mode
from bench import crowd, kept
from bench.search import Sql

OWNER_NOTES = 1_000
LANGUAGES = ("ru", "en")


def main() -> None:
    """Run it and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--chunks", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--filled", default="", help="the URL of a database that is filled already")
    parser.add_argument("--owner-notes", type=int, default=OWNER_NOTES)
    kept.option(parser)
    chosen = parser.parse_args()
    figures: list[kept.Row] = []
    for chunks in chosen.chunks:
        with crowded(chosen.filled, chunks, chosen.owner_notes) as database:
            with database.transaction(as_system="a bench") as session:
                owner = session.scalars(select(User.id).where(User.device_id == "crowd-0")).one()
            times = measure(database, owner, chosen.questions)
            share = recall(database, owner, 50)
        show(f"{chosen.owner_notes:,} notes of one user among {chunks:,} chunks", times, share)
        figures.append({"chunks": chunks, "owner_notes": chosen.owner_notes, "recall": round(share, 4), "ways": times})
    kept.keep(chosen.json, figures)


@contextmanager
def crowded(filled: str, chunks: int, owner_notes: int) -> Iterator[Database]:
    """The database of a crowd."""
    if filled:
        made = connect(filled, ring=lambda _: None)
        yield made
        made.dispose()
        return
    with postgres_server() as url:
        migrations.upgrade(url)
        paragraphs = [(language, text) for language in LANGUAGES for text in data.xquad(language)[0]]
        crowd.fill(url, paragraphs, chunks, owner_notes)
        made = connect(url, ring=lambda _: None)
        yield made
        made.dispose()


def measure(database: Database, owner: UUID, count: int) -> dict[str, kept.Row]:
    """Medians and 99th percentiles of each way, asked in turns."""
    embeddings = HashedEmbeddings()
    by_language = [[question for question, _ in data.xquad(language)[1]] for language in LANGUAGES]
    mixed = [one for one in chain.from_iterable(zip_longest(*by_language)) if one]
    asked = mixed[:: max(1, len(mixed) // count)][:count]
    sql, search = Sql(database, embeddings, owner, "ru"), Search(database, embeddings)

    def searched(mode: Mode) -> Callable[[str], object]:
        return lambda one: search.search(Scope(owner), one, mode, 0, 10)

    ways: dict[str, Callable[[str], object]] = {
        "SQL: both legs": sql.both_legs,
        "SQL: vectors": sql.vectors,
        **{f"search: {mode}": searched(mode) for mode in Mode},
    }
    times: dict[str, list[float]] = {way: [] for way in ways}
    for one in [*asked, *asked]:
        for way, ask in ways.items():
            began = time.perf_counter()
            ask(one)
            times[way].append((time.perf_counter() - began) * 1e3)
    measured = {way: np.percentile(taken[len(taken) // 2 :], [50, 99]) for way, taken in times.items()}
    return {
        way: {"p50_ms": round(float(p50), 2), "p99_ms": round(float(p99), 2)} for way, (p50, p99) in measured.items()
    }


def show(title: str, times: dict[str, kept.Row], share: float) -> None:
    """The table of one size."""
    table = Table("way", "p50 ms", "p99 ms", title=title, caption=f"recall@10 {share:.3f}")
    for way, taken in times.items():
        table.add_row(way, *(f"{ms:.1f}" for ms in taken.values()))
    Console(width=100).print(table)


def recall(database: Database, owner: UUID, count: int) -> float:
    """The share of the ten nearest chunks that search's vector leg finds under row-level security, beside every vector
    of the owner multiplied here. Passages repeat: as near as the tenth is as good."""
    embeddings = HashedEmbeddings()
    mine = select(NoteChunk.id, NoteChunk.embedding).where(NoteChunk.user_id == owner)
    with database.transaction(as_system="a bench") as session:
        vectors = {row.id: row.embedding for row in session.execute(mine)}
    matrix = np.array(list(vectors.values()))
    found = 0
    for asked, _ in data.xquad("ru")[1][:count]:
        towards = direction(embeddings, asked)
        assert towards
        tenth = np.sort(matrix @ towards.vector)[-10]
        with database.transaction(as_user=owner) as session:
            nearest = session.scalars(
                legs.by_vector(Sought(nearest=10)), Scope(owner).values() | towards.values()
            ).all()
        found += sum(vectors[one] @ towards.vector >= tenth - 1e-5 for one in nearest)
    return found / (10 * count)


if __name__ == "__main__":
    main()
