"""Corrected words in time: what stayed keeps its second, what is new shares the time in between."""

import random

import pytest

from ai_conspects.recordings.alignment import Word, aligned, within
from tests.growth import EVENLY, times_as_long


def words(text: str) -> list[Word]:
    return [
        {"text": one, "start_s": float(at), "end_s": at + 1.0, "confidence": 0.5} for at, one in enumerate(text.split())
    ]


def times(found: list[Word]) -> list[tuple[str, float, float]]:
    return [(word["text"], word["start_s"], word["end_s"]) for word in found]


def test_a_word_that_is_put_right_takes_the_wrong_ones_time() -> None:
    found = aligned(words("the cat sad down"), "The cat sat down.")
    assert times(found) == [("The", 0.0, 1.0), ("cat", 1.0, 2.0), ("sat", 2.0, 3.0), ("down.", 3.0, 4.0)]
    assert [word["confidence"] for word in found] == [0.5, 0.5, None, 0.5]


def test_several_words_share_the_time_of_what_they_replace_by_their_length() -> None:
    found = aligned(words("a b c"), "a xx yyyyyy c")
    assert times(found) == [("a", 0.0, 1.0), ("xx", 1.0, 1.25), ("yyyyyy", 1.25, 2.0), ("c", 2.0, 3.0)]


def test_a_word_that_was_left_out_stands_in_the_gap() -> None:
    before = words("a b")
    before[1] |= {"start_s": 4.0, "end_s": 5.0}
    assert times(aligned(before, "a new b")) == [("a", 0.0, 1.0), ("new", 1.0, 4.0), ("b", 4.0, 5.0)]


@pytest.mark.parametrize("text", ["", "   "])
def test_nothing_has_no_words(text: str) -> None:
    assert aligned(words("a b"), text) == []


def test_without_times_before_there_are_none_now() -> None:
    assert aligned([], "a b") == []


def test_every_word_has_its_place_whatever_was_changed() -> None:
    chance = random.Random(1)
    for _ in range(300):
        before = words(" ".join(chance.choices("abcde", k=chance.randint(1, 12))))
        text = " ".join(chance.choices("abcdef", k=chance.randint(1, 12)))
        found = aligned(before, text)
        assert [word["text"] for word in found] == text.split()
        edges = [edge for word in found for edge in (word["start_s"], word["end_s"])]
        assert edges == sorted(edges)
        assert 0 <= edges[0] <= edges[-1] <= len(before)


def test_the_longest_text_is_aligned_in_a_time_that_grows_evenly() -> None:
    def rewrite(count: int) -> None:
        found = aligned(words(" ".join(["a", "b"] * count)), " ".join(["b", "c", "a"] * count))
        assert len(found) == 3 * count

    assert times_as_long(rewrite, 1_000, 4_000) < EVENLY


@pytest.mark.parametrize(
    ("text", "there"),
    [
        ("a b new", [("a", 0.0, 1.0), ("b", 1.0, 1.25), ("new", 1.25, 2.0)]),
        ("a new b", [("a", 0.0, 0.25), ("new", 0.25, 1.0), ("b", 1.0, 2.0)]),
        ("new a b", [("new", 0.0, 0.75), ("a", 0.75, 1.0), ("b", 1.0, 2.0)]),
    ],
)
def test_a_word_for_which_there_is_no_pause_shares_its_neighbours_time(
    text: str, there: list[tuple[str, float, float]]
) -> None:
    found = aligned(words("a b"), text)
    assert times(found) == there
    assert {word["text"]: word["confidence"] for word in found} == {"a": 0.5, "b": 0.5, "new": None}


def test_words_stay_inside_their_segment() -> None:
    assert times(within(words("a b c"), 0.5, 1.5)) == [("a", 0.5, 1.0), ("b", 1.0, 1.5), ("c", 1.5, 1.5)]
