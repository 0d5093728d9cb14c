"""Speech that an engine wrote without a mark."""

import pytest

from ai_conspects.text.pauses import Spoken, at_pauses
from ai_conspects.text.sentences import from_segments


def said(text: str, *, pauses: dict[int, float]) -> Spoken:
    """Words of a third of a second each; `pauses` are seconds of silence after the word at that place."""
    at_s, times = 10.0, []
    for place in range(len(text.split())):
        times.append((at_s, at_s + 0.3))
        at_s += 0.33 + pauses.get(place, 0.0)
    return Spoken(10.0, times[-1][1], text, 0.5, tuple(times))


def test_a_pause_parts_what_has_no_marks() -> None:
    span = said("and all my fellow americans ask not what your country can do for you", pauses={4: 0.8, 6: 0.1})
    first, second = from_segments(at_pauses([span]), "en")
    assert first.text == "and all my fellow americans"
    assert second.text == "ask not what your country can do for you"
    times = (first.start_s, first.end_s, second.start_s, second.end_s)
    assert times == pytest.approx((10.0, span.times[4][1], span.times[5][0], span.end_s), abs=0.01)


def test_no_scraps_are_cut_off_and_no_word_is_lost() -> None:
    span = said("so well we went home then and slept", pauses={0: 0.9, 3: 0.5, 6: 0.9})
    pieces = at_pauses([span])
    assert [piece.text for piece in pieces] == ["so well we went", "home then and slept"]


def test_a_long_run_is_parted_at_its_longest_silence() -> None:
    span = said(" ".join(["слово"] * 40), pauses={17: 0.2})
    assert [len(piece.text.split()) for piece in at_pauses([span])] == [18, 22]


def test_marks_are_believed_where_there_are_some() -> None:
    span = said("We went home, and then. We slept a long time.", pauses={2: 3.0})
    assert at_pauses([span]) == [span]


def test_words_without_times_stay_together() -> None:
    span = Spoken(0.0, 9.0, "one two three four five six seven eight nine", None)
    assert at_pauses([span]) == [span]
