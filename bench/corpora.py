"""Texts with questions whose answers are known, put into a database as somebody's notes."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from uuid import UUID, uuid4

import numpy as np
import psycopg
from tests import data
from tests.servers import postgres_server

from ai_conspects import migrations
from ai_conspects.core.db import Database, connect
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.models import Note, NoteChunk, User
from ai_conspects.text.chunking import chunks
from ai_conspects.text.sentences import from_text

BATCH = 64


@dataclass(frozen=True)
class Asked:
    """A question, the place of the text that answers it, and the words of the answer, where they are known."""

    question: str
    gold: int
    answers: tuple[str, ...] = ()


@dataclass(frozen=True)
class Corpus:
    """`texts[asked.gold]` answers each question."""

    language: str
    texts: list[str]
    asked: list[Asked]


def xquad(language: str) -> Corpus:
    """XQuAD: 240 paragraphs, 1190 questions, each answered by words of its paragraph."""
    document = json.loads((data.test_data() / "xquad" / f"xquad.{language}.json").read_text("utf-8"))
    texts: list[str] = []
    asked: list[Asked] = []
    for paragraph in (one for article in document["data"] for one in article["paragraphs"]):
        for qa in paragraph["qas"]:
            asked.append(Asked(qa["question"], len(texts), tuple(answer["text"] for answer in qa["answers"])))
        texts.append(paragraph["context"])
    return Corpus(language, texts, asked)


def everyday() -> Corpus:
    """Thirty everyday Russian notes and questions that share hardly a word with them, among XQuAD's paragraphs."""
    pairs = data.russian_notes()
    texts = [note for _, note in pairs] + xquad("ru").texts
    return Corpus("ru", texts, [Asked(question, at) for at, (question, _) in enumerate(pairs)])


@contextmanager
def database() -> Iterator[Database]:
    """An empty, migrated database on a server of this run's own."""
    with postgres_server() as url:
        migrations.upgrade(url)
        made = connect(url, ring=lambda _: None)
        yield made
        made.dispose()


def keep(made: Database, corpus: Corpus, embeddings: Embeddings) -> tuple[UUID, list[UUID]]:
    """A new user with a note of each text: the user, and the notes' ids in the texts' order."""
    parts = [chunks(from_text(text, corpus.language)) for text in corpus.texts]
    vectors = iter(_embedded([chunk.text for each in parts for chunk in each], embeddings))
    notes: list[UUID] = []
    with made.transaction(as_system="a bench") as session:
        user = User(device_id=f"bench-{uuid4()}")
        session.add(user)
        session.flush()
        for each in parts:
            note = Note(
                user_id=user.id,
                title="",
                content="",
                language=corpus.language,
                complexity_level="basic",
                engine="bench",
                reading_time=1,
            )
            session.add(note)
            session.flush()
            notes.append(note.id)
            session.add_all(
                NoteChunk(
                    note_id=note.id,
                    user_id=user.id,
                    position=position,
                    language=corpus.language,
                    text=chunk.text,
                    sentences=[sentence.model_dump(exclude={"id"}) for sentence in chunk.sentences],
                    embedding=next(vectors),
                    embedding_model=embeddings.model,
                )
                for position, chunk in enumerate(each, start=1)
            )
    url = made.engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(url, autocommit=True) as owner:
        owner.execute("ANALYZE")
    return user.id, notes


def _embedded(texts: Sequence[str], embeddings: Embeddings) -> list[np.ndarray[tuple[int], np.dtype[np.float32]]]:
    batches = (texts[at : at + BATCH] for at in range(0, len(texts), BATCH))
    return [row for batch in batches for row in embeddings.embed(batch, kind="passage")]
