"""Chunks, ranking, and whether a text bears out what is said."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest

from ai_conspects.text import ranking, support
from ai_conspects.text.chunking import chunks
from ai_conspects.text.read import joined, read
from ai_conspects.text.sentences import Sentence, from_text
from tests import data
from tests.growth import EVENLY, times_as_long


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


def told(*texts: str, pause_before: int | None = None) -> tuple[Sentence, ...]:
    """Sentences of 5 s each, with a silence of 10 s before one of them."""
    late = [10.0 if pause_before is not None and at >= pause_before else 0.0 for at in range(len(texts))]
    return tuple(
        Sentence(id=at, text=text, start_s=at * 5.0 + late[at], end_s=at * 5.0 + 5 + late[at])
        for at, text in enumerate(texts)
    )


BREAD = (
    "Тесто для хлеба ставят вечером.",
    "Тесто бродит ночь, хлеб пекут утром.",
    "Хлеб пекут в горячей печи на камне.",
)
BOATS = ("Лодку смолят весной на берегу.", "Вёсла у лодки сохнут в тени.", "Смолёная лодка на воде не течёт.")


def test_a_chunk_ends_where_the_subject_changes_and_not_where_the_room_does() -> None:
    found = chunks(told(*BREAD, *BOATS), target_chars=170)
    assert [chunk.sentences[-1].text for chunk in found] == [BREAD[-1], BOATS[-1]]
    assert found[1].sentences[0].text == BREAD[-1]  # carried over
    assert (found[1].start_s, found[1].end_s) == (10, 30)


def test_a_long_silence_is_a_border_too() -> None:
    same = [f"Слово номер {number} сказано." for number in range(10)]
    found = chunks(told(*same, pause_before=4), target_chars=180)
    assert found[0].sentences[-1].id == 3


@pytest.mark.parametrize("target", [20, 57, 300, 1_000])
def test_whatever_is_said_every_sentence_is_in_a_chunk_and_no_chunk_is_too_long(target: int) -> None:
    paragraphs, _ = data.xquad("ru")
    said = from_text(" ".join(paragraphs[:10]), "ru")
    found = chunks(said, target_chars=target)
    assert all(0 < len(chunk.text) <= target for chunk in found)
    assert {sentence.id for chunk in found for sentence in chunk.sentences} == {sentence.id for sentence in said}


@pytest.mark.parametrize("text", ["A sentence of some length about sleep, memory and dreams. ", "Да. Ну. "])
def test_to_cut_a_text_takes_as_long_as_the_text_is(text: str) -> None:
    said = from_text(text * 800, "ru")
    assert times_as_long(chunks, said[: len(said) // 4], said) < EVENLY


def test_chunks_of_nothing_are_none_and_a_giant_sentence_is_cut() -> None:
    assert chunks(()) == []
    found = chunks((Sentence(id=0, text="слово " * 1_000),))
    assert all(len(chunk.text) <= 1_000 for chunk in found)
    assert " ".join(chunk.text for chunk in found).split() == ["слово"] * 1_000
    assert found[0].start_s is None


@pytest.mark.parametrize("language", ["ru", "en", "de", "ar"])
def test_a_question_finds_its_paragraph(language: str) -> None:
    paragraphs, questions = data.xquad(language)
    asked = questions[::17]
    ranks = [
        list(np.argsort(-ranking.scores(question, paragraphs, language), kind="stable")).index(gold)
        for question, gold in asked
    ]
    assert np.mean([rank == 0 for rank in ranks]) > 0.85
    assert np.mean([rank < 5 for rank in ranks]) > 0.94


def test_to_rank_texts_takes_as_long_as_they_are() -> None:
    paragraphs, questions = data.xquad("ru")
    texts = [(paragraph * 3)[:1_000] for paragraph in paragraphs[:100]]
    rank = partial(ranking.scores, questions[1][0], language="ru")
    assert times_as_long(rank, texts[:25], texts) < EVENLY


def test_scores_are_between_zero_and_one_and_zero_for_strangers() -> None:
    assert ranking.scores("подвеска", ["передняя подвеска", "молоко"], "ru").tolist() == [1.0, 0.0]
    assert ranking.scores("подвеска", ["молоко", ""], "ru").tolist() == [0.0, 0.0]
    assert ranking.scores("подвеска", [], "ru").shape == (0,)
    assert ranking.scores("", ["молоко"], "ru").tolist() == [0.0]


def test_scores_are_fused_by_their_shares_of_the_best() -> None:
    fused = ranking.fuse(
        ranking.Ranked(np.array([2.0, 1.0, 0.0]), 1.0, np.zeros(3, np.intp)), np.array([-0.5, 0.1, 0.2]), 0.2
    )
    assert fused.tolist() == pytest.approx([1.0, 0.6, 0.2])


def test_of_two_words_that_as_many_texts_have_the_one_that_is_rare_in_the_language_says_more() -> None:
    asked, texts = ranking.Asked(["книга", "ягель"], ["ru"]), ("там книга у реки", "там ягель у реки")
    common, rare = ranking.rank(asked, joined([read([text], "ru") for text in texts])).scores
    assert (common < 0.9, rare) == (True, 1.0)


def test_the_sentence_of_each_text_that_says_most_of_the_query_is_named() -> None:
    texts: list[list[str]] = [["о погоде", "о нейронной сети", "снова сеть"], [], ["у нейронных сетей", "о погоде"]]
    found = ranking.rank(ranking.Asked(["нейронная", "сеть"], ["ru"]), joined([read(one, "ru") for one in texts]))
    assert found.best.tolist() == [1, 0, 0]


def test_a_word_that_most_candidates_have_is_rare_where_a_thousand_others_lack_it() -> None:
    texts = ["подвеска", "подвеска", "масло"]
    asked, known = ranking.Asked(["подвеска", "масло"], ["ru"]), joined([read([text], "ru") for text in texts])
    assert ranking.rank(asked, known).covered > 0.6
    assert ranking.rank(asked, known, among=1_000).covered < 0.55


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
