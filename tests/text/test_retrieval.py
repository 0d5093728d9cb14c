"""Chunks, ranking, and whether a text bears out what is said."""

import time
from itertools import pairwise

import numpy as np
import pytest

from ai_conspects.text import ranking, support
from ai_conspects.text.chunking import chunks
from ai_conspects.text.sentences import Sentence, from_text
from tests import data


def test_chunks_follow_sentences_and_overlap_by_one() -> None:
    spoken = tuple(
        Sentence(id=number, text=f"Это предложение номер {number}.", start_s=number, end_s=number + 1)
        for number in range(100)
    )
    found = chunks(spoken, target_chars=300)
    assert all(len(chunk.text) <= 300 for chunk in found)
    for before, chunk in pairwise(found):
        assert chunk.sentences[0] == before.sentences[-1]
    assert {sentence.id for chunk in found for sentence in chunk.sentences} == set(range(100))
    assert (found[0].start_s, found[-1].end_s) == (0, 100)


def test_chunks_of_nothing_are_none_and_a_giant_sentence_is_cut() -> None:
    assert chunks(()) == []
    found = chunks((Sentence(id=0, text="слово " * 1_000),))
    assert all(len(chunk.text) <= 1_000 for chunk in found)
    assert " ".join(chunk.text for chunk in found).split() == ["слово"] * 1_000
    assert found[0].start_s is None


@pytest.mark.parametrize("language", ["ru", "en", "de", "ar"])
def test_a_question_finds_its_paragraph(language: str) -> None:
    paragraphs, questions = data.xquad(language)
    asked = questions[::7]
    ranks = [
        list(np.argsort(-ranking.scores(question, paragraphs, language), kind="stable")).index(gold)
        for question, gold in asked
    ]
    assert np.mean([rank == 0 for rank in ranks]) > 0.85
    assert np.mean([rank < 5 for rank in ranks]) > 0.94


def test_a_hundred_chunks_are_ranked_in_no_time() -> None:
    paragraphs, questions = data.xquad("ru")
    texts = [(paragraph * 3)[:1_000] for paragraph in paragraphs[:100]]
    ranking.scores(questions[0][0], texts, "ru")
    began = time.monotonic()
    ranking.scores(questions[1][0], texts, "ru")
    assert time.monotonic() - began < 0.5


def test_scores_are_between_zero_and_one_and_zero_for_strangers() -> None:
    assert ranking.scores("подвеска", ["передняя подвеска", "молоко"], "ru").tolist() == [1.0, 0.0]
    assert ranking.scores("подвеска", ["молоко", ""], "ru").tolist() == [0.0, 0.0]
    assert ranking.scores("подвеска", [], "ru").shape == (0,)
    assert ranking.scores("", ["молоко"], "ru").tolist() == [0.0]


def test_scores_are_fused_by_their_shares_of_the_best() -> None:
    fused = ranking.fuse(ranking.Ranked(np.array([2.0, 1.0, 0.0]), covered=1.0), np.array([-0.5, 0.1, 0.2]), 0.2)
    assert fused.tolist() == pytest.approx([1.0, 0.6, 0.2])


@pytest.mark.parametrize(
    ("quote", "expected"),
    [("ещё РАЗ, сначала", True), ("раз еще", False), ("раз", True), ("ра", False), ("", False), ("…", False)],
)
def test_a_quote_stands_in_the_text_word_for_word(quote: str, expected: bool) -> None:
    assert support.quoted(quote, "Давай еще раз сначала!") is expected


def test_the_missing_words_of_a_question_are_named_as_they_were_asked() -> None:
    share, missing = support.question_coverage("Сколько стоит ремонт Подвески?", "Ремонт двигателя стоил много.", "ru")
    assert 0 < share < 1
    assert missing == ["Подвески"]


def test_a_question_without_words_is_not_covered() -> None:
    assert support.question_coverage("?!", "что угодно", "ru") == (0.0, [])


@pytest.mark.parametrize("language", ["ru", "en"])
def test_answerable_questions_are_covered_and_strange_ones_are_not(language: str) -> None:
    paragraphs, questions = data.xquad(language)
    asked = questions[::10]
    covered = [support.question_coverage(q, paragraphs[gold], language)[0] for q, gold in asked]
    strange = [support.question_coverage(q, paragraphs[(gold + 120) % 240], language)[0] for q, gold in asked]
    assert np.mean([share >= support.FOUND_COVERAGE for share in covered]) > 0.85
    assert np.mean([share < support.FOUND_COVERAGE for share in strange]) > 0.95


def test_a_claim_is_supported_by_its_own_words_in_any_form() -> None:
    evidence = " ".join(sentence.text for sentence in from_text("Мы купили билеты на самолёт.", "ru"))
    assert support.support("Куплены билеты на самолет", evidence, "ru") > 0.6
    assert support.support("Ремонт двигателя", evidence, "ru") == 0.0
