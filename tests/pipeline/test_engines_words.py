"""What engines and search servers may send: whatever it is, it becomes rows, or it is left out."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

import pytest
from numpy import float32
from numpy.typing import NDArray
from sqlalchemy import select

from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.engines.language_model.base import Claim, Completion, NoteDraft, NoteDrafts, Section
from ai_conspects.engines.speech_to_text.base import Segment, Word
from ai_conspects.engines.web_search.base import Found
from ai_conspects.models import Note, NoteChunk, Source, StepName, StepStatus
from tests.bench import Bench
from tests.scripted import LECTURE


class NoWords(HashedEmbeddings):
    """It finds no word in anything."""

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> NDArray[float32]:
        return super().embed([""] * len(texts), kind=kind)


@dataclass
class Drafts:
    """A language model that always answers with this note."""

    note: dict[str, Any]
    name: str = "drafts"
    context_tokens: int = 16_000
    part_tokens: int = 8_000

    def tokens(self, text: str) -> int:
        return len(text)

    def complete(self, request: Completion[Any]) -> Any:
        assert request.output is NoteDrafts
        return NoteDrafts(notes=[NoteDraft.model_validate(self.note)])


@dataclass
class Pages:
    """A search engine that always finds these."""

    found: list[Found]
    name: str = "pages"

    def search(self, phrases: Sequence[str], *, language: str, limit: int) -> list[Found]:
        return self.found


def draft(**other: Any) -> dict[str, Any]:
    claim = Claim(text=LECTURE[0], sentence_ids=[0])
    usual = {"title": "Сети", "summary": [claim], "sections": [Section(heading="", claims=[claim])], "tags": []}
    return usual | other


def claims(text: str, *sentence_ids: int) -> list[dict[str, Any]]:
    return [{"heading": "", "claims": [{"text": text, "sentence_ids": sentence_ids or (0,)}]}]


@pytest.mark.parametrize(
    "other",
    [
        {"title": "Се\x00ти"},
        {"title": " \n"},
        {"title": "С" * 5_000},
        {"tags": ["сеть\x00", "ß" * 49, "", "сеть " * 30]},
        {"sections": claims("Сеть\x00 учится.")},
        {"sections": claims("Сеть \ud83d учится.")},
        {"sections": claims("Сеть учится.", 10**30, -5, 0)},
    ],
    ids=["nul-title", "no-title", "long-title", "tags", "nul-claim", "surrogate-claim", "no-such-sentences"],
)
def test_a_draft_of_any_kind_becomes_a_note_with_a_title(bench: Bench, other: dict[str, Any]) -> None:
    bench.engines = replace(bench.engines, language_model=Drafts(draft(**other)))
    (recording_id,) = bench.submit()
    bench.run_all()
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE
    with bench.database.transaction(as_system="a test") as session:
        (note,) = session.scalars(select(Note))
    assert note.title.strip()


def test_a_page_that_a_row_cant_hold_is_mended_or_dropped(bench: Bench) -> None:
    bench.settings.web_search.min_relevance = 0.0
    pages = [
        Found("Сеть\x00", "https://a.example/", "обучение\x00 нейронной сети"),
        Found("Сеть\ud800", "https://b.example/", "обучение \udfffсети"),
        Found("Сеть", "https://c.example/" + "a" * 2_000, "обучение нейронной сети"),
    ]
    bench.engines = replace(bench.engines, web_search=Pages(pages))
    (recording_id,) = bench.submit()
    bench.run_all()
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE
    with bench.database.transaction(as_system="a test") as session:
        kept = {source.url: source.title for source in session.scalars(select(Source))}
    assert kept == {"https://a.example/": "Сеть�", "https://b.example/": "Сеть�"}


def test_a_transcript_may_hold_nul_and_halves_of_characters(bench: Bench) -> None:
    words = (Word("Сеть\x00", 0, 1, 0.5), Word("\ud83dучится", 1, 2, 0.5))
    bench.speech.segments = [Segment(0, 2, "Сеть\x00 \ud83dучится.", 0.8, words)]
    (recording_id,) = bench.submit()
    bench.run_all()
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE


def test_a_chunk_without_a_word_points_nowhere(bench: Bench) -> None:
    bench.engines = replace(bench.engines, embeddings=NoWords())
    (recording_id,) = bench.submit()
    bench.run_all()
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE
    with bench.database.transaction(as_system="a test") as session:
        chunks = session.scalars(select(NoteChunk)).all()
    assert chunks
    assert all(chunk.embedding is None for chunk in chunks)
