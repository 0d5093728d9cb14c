"""Half minutes for Whisper are filled, in order, and lose no sample of what was said."""

from itertools import pairwise

import numpy as np
import pytest

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE
from ai_conspects.engines.speech_to_text.clips import LONGEST_S, Clip, batches
from ai_conspects.engines.speech_to_text.utterances import Stretch
from tests.engines.speech_to_text.recordings import quiet, voice


def stretch(start_s: float, *parts: np.ndarray[tuple[int], np.dtype[np.int16]], speech: bool = True) -> Stretch:
    return Stretch(start_s, np.concatenate(parts), speech=speech)


def lengths(clips: list[Clip]) -> list[float]:
    return [round(len(clip.samples) / SAMPLE_RATE, 1) for clip in clips]


def test_a_clip_waits_for_the_next_utterance_however_far_away() -> None:
    said = [
        stretch(0, voice(10)),
        stretch(10, quiet(20), speech=False),
        stretch(30, voice(12)),
        stretch(42, quiet(9), speech=False),
        stretch(51, voice(8)),
    ]
    told = list(batches(said, most=2))
    assert [(lengths(clips), until_s) for clips, until_s in told] == [([30.0], 59.0)]


def test_no_more_than_asked_are_held_and_the_next_utterance_is_still_to_come() -> None:
    said = [stretch(at * 17.0, voice(17)) for at in range(5)]
    told = [(lengths(clips), until_s) for clips, until_s in batches(said, most=2)]
    assert told == [([17.0, 17.0], 34.0), ([17.0, 17.0], 68.0), ([17.0], 85.0)]


def test_where_nobody_speaks_only_the_time_goes_on() -> None:
    said = [stretch(0, quiet(2), speech=False), stretch(2, quiet(3), speech=False), stretch(5, voice(2))]
    assert [(lengths(clips), until_s) for clips, until_s in batches(said, most=2)] == [([], 2.0), ([], 5.0), ([2.0], 7)]


def test_what_does_not_fit_goes_in_as_far_as_a_pause_in_it() -> None:
    said = [stretch(0, voice(17)), stretch(20, voice(5), quiet(0.5), voice(5), quiet(0.5), voice(5))]
    [(clips, until_s)] = batches(said, most=2)
    first, rest = clips
    [_, begun], [ended] = first.utterances, rest.utterances
    assert begun.end_s == ended.start_s == pytest.approx(20 + 10.75, abs=0.3)
    assert until_s == 36.0
    assert np.array_equal(np.concatenate([begun.samples, ended.samples]), said[1].samples)


@pytest.mark.parametrize("most", [1, 3])
def test_nothing_is_lost_or_moved_and_no_clip_is_too_long(most: int) -> None:
    random = np.random.default_rng(most)
    said, at = [], 0.0
    for _ in range(40):
        parts = [part for _ in range(3) for part in (voice(random.uniform(0.3, 5)), quiet(random.uniform(0, 0.5)))]
        said += [stretch(at, *parts), stretch(at + len(np.concatenate(parts)) / SAMPLE_RATE, quiet(1), speech=False)]
        at = said[-1].end_s
    told = list(batches(said, most=most))
    heard = [piece for clips, _ in told for clip in clips for piece in clip.utterances]
    spoken = [one.samples for one in said if one.speech]
    assert np.array_equal(np.concatenate([piece.samples for piece in heard]), np.concatenate(spoken))
    assert all(one.end_s <= other.start_s + 1e-6 for one, other in pairwise(heard))
    assert max(length for clips, _ in told for length in lengths(clips)) <= LONGEST_S
    assert max(len(clips) for clips, _ in told) == most
    for clips, until_s in told:
        assert all(piece.end_s <= until_s + 1e-6 for clip in clips for piece in clip.utterances)
