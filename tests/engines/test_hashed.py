"""The embeddings that need no model."""

import subprocess
import sys

import numpy as np
import pytest

from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.embeddings.hashed import HashedEmbeddings
from tests import data


def test_rows_have_length_one_and_a_text_without_words_is_zeros() -> None:
    engine: Embeddings = HashedEmbeddings(384)
    rows = engine.embed(["Нейронная сеть", "", "…", "neural network", "x" * 10_000], kind="passage")
    assert rows.shape == (5, 384)
    assert rows.dtype == np.float32
    assert np.linalg.norm(rows, axis=1).tolist() == pytest.approx([1, 0, 0, 1, 1])
    assert engine.embed([], kind="query").shape == (0, 384)
    assert engine.model == "hashed-v1-384"


def test_another_form_of_the_words_lies_closer_than_other_words() -> None:
    query, same, other = HashedEmbeddings(384).embed(
        ["обучение нейронных сетей", "нейронную сеть обучили", "купить молоко и хлеб"], kind="passage"
    )
    assert query @ same > 0.5
    assert abs(query @ other) < 0.2


def test_every_process_makes_the_same_vectors() -> None:
    code = (
        "from ai_conspects.engines.embeddings.hashed import HashedEmbeddings as H;"
        "print(H(64).embed(['машина едет', 'a machine'], kind='query').tobytes().hex())"
    )
    runs = [subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True) for _ in range(2)]
    here = HashedEmbeddings(64).embed(["машина едет", "a machine"], kind="query").tobytes().hex()
    assert {run.stdout.strip() for run in runs} == {here}


@pytest.mark.parametrize("language", ["ru", "en"])
def test_a_question_lies_near_its_paragraph(language: str) -> None:
    paragraphs, questions = data.xquad(language)
    engine, asked = HashedEmbeddings(384), questions[::10]
    passages = engine.embed(paragraphs, kind="passage")
    likeness = engine.embed([question for question, _ in asked], kind="query") @ passages.T
    best = np.argsort(-likeness, axis=1)[:, :5]
    assert np.mean([gold in row for row, (_, gold) in zip(best, asked, strict=True)]) > 0.85
