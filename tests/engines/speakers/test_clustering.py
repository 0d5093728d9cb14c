"""Which embeddings become one speaker, with made-up voices."""

import numpy as np
import pytest
from numpy.typing import NDArray

from ai_conspects.engines.speakers.clustering import Rules, speakers
from tests.growth import times_as_long

DIMENSIONS = 64


def voices(who: list[int], *, spread: float = 0.6, seed: int = 3) -> NDArray[np.float32]:
    """An embedding for each turn, near its speaker's direction: the cosine of two of one is about 1 / (1 + spread²)."""
    random = np.random.default_rng(seed)
    people, _ = np.linalg.qr(random.normal(size=(DIMENSIONS, max(who) + 1)))
    rows = people.T[who] + spread * random.normal(size=(len(who), DIMENSIONS)) / np.sqrt(DIMENSIONS)
    unit: NDArray[np.float32] = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return unit


def same_length(count: int, seconds: float = 4.0) -> NDArray[np.float64]:
    return np.full(count, seconds)


@pytest.mark.parametrize("people", [1, 2, 3, 6])
def test_people_are_found_and_numbered_as_they_appear(people: int) -> None:
    who = [*range(people), *np.random.default_rng(1).integers(0, people, 60).tolist()]
    assert speakers(voices(who), same_length(len(who)), Rules()) == who


def test_numbers_go_by_appearance_not_by_how_much_one_speaks() -> None:
    assert speakers(voices([2, 0, 0, 0, 1, 2]), same_length(6), Rules()) == [0, 1, 1, 1, 2, 0]


def test_a_lower_similarity_finds_fewer_people() -> None:
    rows = voices([0, 1] * 10)
    towards = rows + rows.mean(axis=0)
    near = (towards / np.linalg.norm(towards, axis=1, keepdims=True)).astype(np.float32)
    strict = speakers(near, same_length(20), Rules(similarity=0.75))
    lenient = speakers(near, same_length(20), Rules(similarity=0.3))
    assert len(set(strict)) > len(set(lenient)) == 1


def test_a_short_turn_goes_to_the_voice_it_resembles_and_to_nobody_if_to_none() -> None:
    seconds = same_length(7)
    seconds[[4, 5, 6]] = 0.6
    assert speakers(voices([0, 0, 1, 1, 1, 0, 2]), seconds, Rules()) == [0, 0, 1, 1, 1, 0, None]


def test_too_little_speech_makes_no_speaker() -> None:
    seconds = same_length(5)
    seconds[4] = 2.0
    assert speakers(voices([0, 1, 0, 1, 2]), seconds, Rules()) == [0, 1, 0, 1, None]


def test_a_recording_of_a_few_words_still_has_its_speaker() -> None:
    assert speakers(voices([0]), same_length(1, 0.8), Rules()) == [0]


def test_what_was_not_heard_is_nobodys() -> None:
    rows = voices([0, 0, 0])
    rows[1] = 0
    assert speakers(rows, same_length(3), Rules()) == [0, None, 0]
    assert speakers(np.zeros((2, 8), np.float32), same_length(2), Rules()) == [None, None]


def test_identical_embeddings_end_too() -> None:
    rows = np.repeat(voices([0]), 50, axis=0)
    assert speakers(rows, same_length(50), Rules()) == [0] * 50


def test_it_finds_what_merging_the_nearest_two_finds() -> None:
    random = np.random.default_rng(5)
    for _ in range(20):
        rows = random.normal(size=(25, 4)).astype(np.float32)
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
        seconds = random.uniform(2, 9, 25)
        rules = Rules(similarity=0.6, min_speech_s=0)
        assert speakers(rows, seconds, rules) == _greedily(rows, seconds, 0.6)


def _greedily(rows: NDArray[np.float32], seconds: NDArray[np.float64], similarity: float) -> list[int | None]:
    groups = [[index] for index in range(len(rows))]
    while len(groups) > 1:
        means = np.stack([np.average(rows[group], axis=0, weights=seconds[group]) for group in groups])
        alike = means @ means.T
        np.fill_diagonal(alike, -2)
        first, second = sorted(np.unravel_index(alike.argmax(), alike.shape))
        if alike[first, second] < similarity:
            break
        groups[first] += groups.pop(second)
    order = sorted(groups, key=min)
    return [next(at for at, group in enumerate(order) if index in group) for index in range(len(rows))]


def test_ten_thousand_turns_are_told_apart() -> None:
    who = np.random.default_rng(2).integers(0, 5, 10_000).tolist()
    found = speakers(voices(who), same_length(len(who)), Rules())
    assert len(set(found) - {None}) == 5
    assert len({(a, b) for a, b in zip(who, found, strict=True) if b is not None}) == 5


def test_the_time_grows_by_the_square_of_the_turns_at_most() -> None:
    rows = voices(np.random.default_rng(2).integers(0, 5, 1_600).tolist())

    def group(count: int) -> None:
        speakers(rows[:count], same_length(count), Rules())

    assert times_as_long(group, 400, 1_600) < 40  # the square: 16 times, the cube: 64
