"""How well relationships are found: a made set of short notes with known links, through the real database.

The set has two halves: thresholds were chosen on `tune`, the figures that count are those of `report`.
    python -m bench.relationships [--half report] [--show]
"""

import argparse
import json
import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session
from tests.servers import postgres_server

from ai_conspects import migrations
from ai_conspects.core.db import Database, connect
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.models import Note, NoteChunk, NoteRelationship, User
from ai_conspects.pipeline.embedding import Embedder
from ai_conspects.relationships.service import relate

DATA = Path(__file__).parent / "data" / "relationships"
DIRECTED = {"continues", "part_of", "prerequisite"}

Known = dict[frozenset[str], tuple[str, str]]
"""Pair of notes → type, and the note from which it leads (empty where it holds both ways)."""


@dataclass(frozen=True)
class Found:
    """A link that the server made; `leads_from` is a note of the set, empty where the link holds both ways."""

    type: str
    leads_from: str
    strength: float
    description: str | None


@dataclass(frozen=True)
class Score:
    """Of the links that were found, those that are known (by pair and type) and those that aren't; and those missed."""

    right: int = 0
    wrong: int = 0
    missed: int = 0

    def __str__(self) -> str:
        precision = self.right / (self.right + self.wrong) if self.right + self.wrong else float("nan")
        recall = self.right / (self.right + self.missed) if self.right + self.missed else float("nan")
        return f"{precision:9.2f} {recall:6.2f}   {self.right:5} {self.wrong:5} {self.missed:6}"


def known(half: str) -> Known:
    """The links of a half."""
    ids = {row["id"] for row in _rows("notes") if row["half"] == half}
    links = [row for row in _rows("links") if row["from"] in ids]
    return {
        frozenset((row["from"], row["to"])): (row["type"], row["from"] if row["type"] in DIRECTED else "")
        for row in links
    }


def found(database: Database, half: str, embeddings: Embeddings) -> dict[frozenset[str], Found]:
    """The relationships that come of the notes of a half, put in by their dates, each related as it comes."""
    rows = sorted((row for row in _rows("notes") if row["half"] == half), key=lambda row: row["date"])
    names: dict[UUID, str] = {}
    with database.transaction(as_system="a bench") as session:
        user = User(device_id=f"bench-{half}")
        session.add(user)
        session.flush()
        user_id = user.id
    for row in rows:
        with database.transaction(as_system="a bench") as session:
            note_id = _add(session, user_id, row)
        names[note_id] = row["id"]
        Embedder(database, embeddings, "bench", 60, lambda: False).take_turn()
        with database.transaction(as_system="a bench") as session:
            relate(session, [session.get_one(Note, note_id)])
    with database.transaction(as_system="a bench") as session:
        kept = session.scalars(select(NoteRelationship).where(NoteRelationship.user_id == user_id)).all()
    return {
        frozenset((names[one.note_1_id], names[one.note_2_id])): Found(
            str(one.relationship_type),
            names.get(one.from_note_id, "") if one.from_note_id else "",
            one.strength,
            one.description,
        )
        for one in kept
    }


def _add(session: Session, user_id: UUID, row: dict[str, str]) -> UUID:
    note = Note(
        user_id=user_id,
        title=row["title"],
        content=row["text"],
        type="manual",
        language=row["language"],
        complexity_level="basic",
        confidence=None,
        engine="person",
        reading_time=1,
        created_at=datetime.fromisoformat(row["date"]).replace(tzinfo=UTC),
    )
    session.add(note)
    session.flush()
    shared = {"note_id": note.id, "user_id": user_id, "language": row["language"], "sentences": []}
    session.add(NoteChunk(position=0, text=f"{row['title']}.", **shared))
    session.add(NoteChunk(position=1, text=row["text"], **shared))
    return note.id


def _rows(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text("utf-8").splitlines()]


def scores(truth: Known, links: dict[frozenset[str], Found]) -> dict[str, Score]:
    """By type, with the direction where there is one; `any` counts pairs whatever their type."""
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for pair, one in links.items():
        is_right = truth.get(pair) == (one.type, one.leads_from)
        (right if is_right else wrong)[one.type] += 1
    wanted = Counter(kind for kind, _ in truth.values())
    made = {kind: Score(right[kind], wrong[kind], wanted[kind] - right[kind]) for kind in wanted}
    pairs = len(links.keys() & truth.keys())
    made["all, type and direction"] = Score(right.total(), wrong.total(), len(truth) - right.total())
    made["all, pairs alone"] = Score(pairs, len(links) - pairs, len(truth) - pairs)
    return made


def show(truth: Known, links: dict[frozenset[str], Found]) -> None:
    """What is wrong and what is missing, with the reasons given."""
    for pair, one in links.items():
        kind = (one.type, one.leads_from)
        if truth.get(pair) != kind:
            print(f"  wrong   {sorted(pair)} {kind} {one.strength:.2f}, known: {truth.get(pair)}")
            print(f"          {one.description}")
    for pair in truth.keys() - links.keys():
        print(f"  missed  {sorted(pair)} {truth[pair]}")


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--half", choices=("tune", "report"), default="report")
    parser.add_argument("--show", action="store_true", help="print what is wrong or missing")
    asked = parser.parse_args(arguments)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.WARNING))
    with postgres_server() as url:
        migrations.upgrade(url)
        database = connect(url, ring=lambda _: None)
        links = found(database, asked.half, HashedEmbeddings(384))
        database.dispose()
    truth = known(asked.half)
    print(f"{asked.half}: {len(truth)} links known\n{'':24} precision recall   right wrong missed")
    for kind, score in scores(truth, links).items():
        print(f"{kind:24} {score}")
    if asked.show:
        show(truth, links)


if __name__ == "__main__":
    main()
