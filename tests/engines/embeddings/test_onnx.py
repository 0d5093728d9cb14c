"""Sentence encoders in ONNX, by a tiny random one made here; and the code that runs real ones."""

from pathlib import Path

import numpy as np
import pytest
from pydantic import SecretStr

from ai_conspects.core.engine_settings import EmbeddingSettings
from ai_conspects.core.settings import Settings
from ai_conspects.engines import registry
from ai_conspects.engines.embeddings.onnx import OnnxEmbeddings
from ai_conspects.engines.errors import EngineMisconfigured
from tests.engines.embeddings import tiny_encoder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tiny_encoder.write_random(tmp_path / "tiny-encoder")


def test_vectors_are_the_mean_of_the_tokens_whatever_they_are_batched_with(folder: Path) -> None:
    engine = OnnxEmbeddings(folder, 384)
    together = engine.embed(["нейрон сеть", "молоко", "sea ship sea ship нейрон"] * 12, kind="passage")
    alone = engine.embed(["нейрон сеть"], kind="passage")
    assert together.shape == (36, 384)
    assert np.allclose(together[33], alone[0], atol=1e-6)
    assert np.allclose(np.linalg.norm(together, axis=1), 1)
    assert together[0] @ together[3] > 0.99 > together[0] @ together[1]


def test_a_blank_text_points_nowhere(folder: Path) -> None:
    rows = OnnxEmbeddings(folder, 384).embed(["", "  \n", "сеть"], kind="query")
    assert not rows[:2].any()
    assert rows[2].any()


def test_e5_is_told_which_side_of_a_search_a_text_is_on(tmp_path: Path, folder: Path) -> None:
    e5 = OnnxEmbeddings(tiny_encoder.write_random(tmp_path / "multilingual-e5-small"), 384)
    other = OnnxEmbeddings(folder, 384)
    assert not np.allclose(e5.embed(["сеть"], kind="query"), e5.embed(["сеть"], kind="passage"))
    assert np.allclose(e5.embed(["сеть"], kind="query"), other.embed(["query: сеть"], kind="passage"))
    assert np.allclose(other.embed(["сеть"], kind="query"), other.embed(["сеть"], kind="passage"))
    assert e5.model != other.model


def test_a_model_that_pools_by_itself_is_taken_as_it_is(tmp_path: Path) -> None:
    rows = OnnxEmbeddings(tiny_encoder.write_random(tmp_path / "pooled", per_token=False), 384).embed(
        ["сеть"], kind="query"
    )
    assert np.allclose(np.linalg.norm(rows, axis=1), 1)


@pytest.mark.parametrize("fault", ["no folder", "no tokenizer", "broken model", "broken tokenizer", "wrong length"])
def test_what_is_no_encoder_is_the_operators_to_mend(folder: Path, fault: str) -> None:
    if fault == "no tokenizer":
        (folder / "tokenizer.json").unlink()
    if fault == "broken model":
        (folder / "onnx" / "model.onnx").write_bytes(b"nonsense")
    if fault == "broken tokenizer":
        (folder / "tokenizer.json").write_text("{}")
    engine = OnnxEmbeddings(folder / "none" if fault == "no folder" else folder, 64 if fault == "wrong length" else 384)
    with pytest.raises(EngineMisconfigured):
        engine.embed(["сеть"], kind="query")


@pytest.mark.parametrize(("engine", "expected"), [("auto", "onnx"), ("onnx", "onnx"), ("hashed", "hashed")])
def test_a_named_folder_is_taken_unless_another_engine_is_named(folder: Path, engine: str, expected: str) -> None:
    settings = Settings(
        _env_file=None,
        openai_api_key=SecretStr(""),
        embeddings=EmbeddingSettings.model_validate({"engine": engine, "onnx_folder": str(folder)}),
    )
    (choice,) = [one for one in registry.describe(settings) if one.kind == "embeddings"]
    assert choice.engine == expected
    assert choice.mend == ""
