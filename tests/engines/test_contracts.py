"""What every language engine and every embedding engine keeps to. (Object stores: `test_object_store_contract.py`.)"""

from typing import Any

import numpy as np
import pytest

from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from ai_conspects.engines.embeddings.openai import OpenAIEmbeddings
from ai_conspects.engines.language_model.base import AnswerDraft, LanguageModel, NoteDrafts
from ai_conspects.engines.language_model.extractive import ExtractiveModel
from ai_conspects.engines.language_model.openai import OpenAIModel
from tests.engines.builders import ANSWER, NOTES, SAID, answer_request, note_request
from tests.stubs.openai_server import OpenAIServer, Say

DIMENSIONS = 384


@pytest.fixture(params=["extractive", "openai"])
def language_model(request: pytest.FixtureRequest) -> LanguageModel:
    if request.param == "extractive":
        return ExtractiveModel()
    server: OpenAIServer = request.getfixturevalue("model_server")
    server.says(Say(_as_asked))
    return OpenAIModel(server.url, "", "stub", context_tokens=8_000, timeout_s=10)


def _as_asked(body: dict[str, Any]) -> dict[str, Any]:
    return NOTES if body["response_format"]["json_schema"]["name"] == "NoteDrafts" else ANSWER


def test_notes_are_asked_and_notes_come(language_model: LanguageModel) -> None:
    drafts = language_model.complete(note_request())
    assert isinstance(drafts, NoteDrafts)
    assert 1 <= len(drafts.notes) <= note_request().material.max_notes  # type: ignore[union-attr]  # it asks for notes
    note = drafts.notes[0]
    claims = [*note.summary, *(claim for section in note.sections for claim in section.claims)]
    assert note.title
    assert claims
    assert {number for claim in claims for number in claim.sentence_ids} <= set(range(len(SAID)))


def test_an_answer_is_asked_and_an_answer_comes(language_model: LanguageModel) -> None:
    answer = language_model.complete(answer_request())
    assert isinstance(answer, AnswerDraft)
    assert answer.found
    assert all(claim.sentence_ids for claim in answer.claims)


def test_it_says_who_it_is_and_how_much_it_reads(language_model: LanguageModel) -> None:
    assert language_model.name
    assert language_model.context_tokens >= 2_000


@pytest.fixture(params=["hashed", "openai"])
def embeddings(request: pytest.FixtureRequest) -> Embeddings:
    if request.param == "hashed":
        return HashedEmbeddings(DIMENSIONS)
    server: OpenAIServer = request.getfixturevalue("model_server")
    return OpenAIEmbeddings(server.url, "", "stub", DIMENSIONS)


@pytest.mark.parametrize("count", [0, 1, 65, 130])
def test_every_text_gets_a_row_of_length_one(embeddings: Embeddings, count: int) -> None:
    vectors = embeddings.embed([f"a lecture on subject {number}" for number in range(count)], kind="passage")
    assert vectors.shape == (count, embeddings.dimensions)
    assert vectors.dtype == np.float32
    assert np.allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)


def test_a_text_without_a_word_gets_zeros(embeddings: Embeddings) -> None:
    vectors = embeddings.embed(["", "light and energy", "  \n"], kind="passage")
    assert np.linalg.norm(vectors, axis=1) == pytest.approx([0, 1, 0], abs=1e-5)


def test_rows_stand_in_the_order_of_the_texts(embeddings: Embeddings) -> None:
    texts = [f"word{number} speech{number}" for number in range(70)]
    together = embeddings.embed(texts, kind="passage")
    assert np.allclose(together[[3, 69]], embeddings.embed([texts[3], texts[69]], kind="passage"), atol=1e-6)


def test_a_question_is_nearer_to_its_passage_than_to_another(embeddings: Embeddings) -> None:
    question = embeddings.embed(["what does chlorophyll absorb"], kind="query")
    passages = embeddings.embed(["chlorophyll does absorb red light", "the meeting is on friday"], kind="passage")
    near, far = (question @ passages.T)[0]
    assert near > far


def test_the_name_of_the_space_tells_its_length(embeddings: Embeddings) -> None:
    assert str(embeddings.dimensions) in embeddings.model
