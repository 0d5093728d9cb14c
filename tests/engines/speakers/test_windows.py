"""What of a recording is cut out for the model, and how much of it is held."""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from ai_conspects.engines.speakers.windows import LONGEST_S, Window, cut, windows
from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block, Segment


@dataclass
class Counting:
    """A recording whose samples are their own seconds."""

    seconds: int
    given: list[int] = field(default_factory=list)

    def blocks(self, since_s: float = 0.0) -> Iterator[Block]:
        at = round(since_s * SAMPLE_RATE)
        while at < self.seconds * SAMPLE_RATE:
            end = min(at + SAMPLE_RATE, self.seconds * SAMPLE_RATE)
            self.given.append(at // SAMPLE_RATE)
            yield (np.arange(at, end) // SAMPLE_RATE).astype(np.int16)
            at = end


def spoken(*spans: tuple[float, float]) -> list[Segment]:
    return [Segment(start, end, "", None) for start, end in spans]


def heard(audio: Counting, segments: list[Segment]) -> list[tuple[Window, Block]]:
    return list(cut(audio, windows(segments)))


def test_a_long_segment_is_cut_into_equal_pieces() -> None:
    found = windows(spoken((10, 17)))
    assert [(w.start / SAMPLE_RATE, w.end / SAMPLE_RATE) for w in found[::2]] == [(10, 12.3333125), (14.6666875, 17)]
    assert all(w.end - w.start <= LONGEST_S * SAMPLE_RATE for w in found)


def test_the_shortest_segments_are_left_out() -> None:
    assert [window.segment for window in windows(spoken((0, 0.3), (1, 1.5), (2, 2), (4, 3)))] == [1]


def test_each_window_gets_its_own_samples_whatever_the_order() -> None:
    segments = spoken((7.5, 9.5), (2.25, 4.0), (3.0, 3.5), (20, 21))
    got = heard(Counting(30), segments)
    assert [window.segment for window, _ in got] == [1, 2, 0, 3]
    for window, samples in got:
        np.testing.assert_array_equal(samples, np.arange(window.start, window.end) // SAMPLE_RATE)


def test_the_end_of_the_recording_cuts_a_window_short() -> None:
    lengths = [len(samples) / SAMPLE_RATE for _, samples in heard(Counting(10), spoken((9, 11), (12, 13)))]
    assert lengths == [1.0, 0.0]


def test_it_reads_no_further_than_it_must_and_begins_where_speech_does() -> None:
    audio = Counting(3_600)
    heard(audio, spoken((100, 102), (110, 111)))
    assert (audio.given[0], audio.given[-1]) == (100, 110)


def test_no_segments_read_nothing() -> None:
    audio = Counting(10)
    assert heard(audio, []) == []
    assert audio.given == []
