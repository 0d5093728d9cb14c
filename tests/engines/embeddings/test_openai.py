"""What only a server of embeddings can get wrong: lengths, order, parts of an answer."""

import json

import pytest

from ai_conspects.engines.embeddings.openai import BATCH, OpenAIEmbeddings
from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected, EngineUnavailable
from tests.stubs.openai_server import Answer, Fail, OpenAIServer, Raw


@pytest.fixture
def engine(model_server: OpenAIServer) -> OpenAIEmbeddings:
    return OpenAIEmbeddings(model_server.url, "a-key", "stub", 384, timeout_s=5)


def answer_with(*vectors: list[float]) -> Raw:
    rows = [{"index": index, "embedding": vector} for index, vector in enumerate(vectors)]
    return Raw(json.dumps({"data": rows}).encode())


def test_texts_go_in_batches(engine: OpenAIEmbeddings, model_server: OpenAIServer) -> None:
    engine.embed([f"text {number}" for number in range(BATCH * 2 + 1)], kind="passage")
    assert [len(body["input"]) for _, body in model_server.requests] == [BATCH, BATCH, 1]
    assert {body["dimensions"] for _, body in model_server.requests} == {384}


def test_a_server_that_knows_no_dimensions_is_asked_without_and_remembered(
    engine: OpenAIEmbeddings, model_server: OpenAIServer
) -> None:
    model_server.refuses, model_server.native_dimensions = {"dimensions"}, 384
    assert engine.embed(["light"], kind="query").shape == (1, 384)
    engine.embed(["energy"], kind="query")
    assert ["dimensions" in body for _, body in model_server.requests] == [True, False, False]


def test_another_length_than_the_databases_is_the_operators_business(
    engine: OpenAIEmbeddings, model_server: OpenAIServer
) -> None:
    model_server.refuses = {"dimensions"}
    with pytest.raises(EngineMisconfigured, match="AI_CONSPECTS_EMBEDDINGS__DIMENSIONS"):
        engine.embed(["light"], kind="query")


def test_a_text_that_is_refused_does_not_unlearn_the_dimensions(
    engine: OpenAIEmbeddings, model_server: OpenAIServer
) -> None:
    model_server.embeddings.extend([Fail(400), Fail(400)])
    with pytest.raises(EngineRejected):
        engine.embed(["refused"], kind="passage")
    assert engine.embed(["light"], kind="passage").shape == (1, 384)


@pytest.mark.parametrize(
    "answer",
    [Fail(429), Fail(502), Raw(b"oops"), Raw(b"{}"), answer_with(), answer_with([1.0] * 384, [1.0] * 384)],
    ids=["429", "502", "not json", "wrong schema", "too few", "too many"],
)
def test_a_server_that_fails_is_unavailable(
    engine: OpenAIEmbeddings, model_server: OpenAIServer, answer: Answer
) -> None:
    model_server.embeddings.append(answer)
    with pytest.raises(EngineUnavailable):
        engine.embed(["light"], kind="passage")


@pytest.mark.parametrize(
    "vector", [[0.0] * 384, [float("nan")] * 384, [float("inf")] * 384], ids=["zeros", "nan", "inf"]
)
def test_a_vector_without_a_direction_is_rejected(
    engine: OpenAIEmbeddings, model_server: OpenAIServer, vector: list[float]
) -> None:
    model_server.embeddings.append(answer_with(vector))
    with pytest.raises(EngineRejected):
        engine.embed(["light"], kind="passage")


def test_the_e5_family_is_told_the_side_of_the_search(model_server: OpenAIServer) -> None:
    engine = OpenAIEmbeddings(model_server.url, "", "intfloat/multilingual-e5-small", 384)
    engine.embed(["light"], kind="query")
    assert model_server.requests[0][1]["input"] == ["query: light"]
