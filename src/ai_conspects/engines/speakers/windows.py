"""Cuts the audio of segments out of a recording as it streams by: pieces of three seconds at most, in order."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block, Pcm16k, Segment

LONGEST_S = 3.0
"""What speaker models are trained on; longer pieces say little more about a voice and take more memory."""
SHORTEST_S = 0.4
"""A shorter segment holds too little of a voice."""


@dataclass(frozen=True)
class Window:
    """A piece of the segment with this index, in samples of the recording."""

    segment: int
    start: int
    end: int


def windows(segments: Sequence[Segment]) -> list[Window]:
    """Each segment in as many equal pieces as it takes, ordered by where they begin; none of the shortest segments."""
    found: list[Window] = []
    for index, segment in enumerate(segments):
        seconds = segment.end_s - segment.start_s
        if seconds < SHORTEST_S:
            continue
        edges = np.linspace(segment.start_s, segment.end_s, int(np.ceil(seconds / LONGEST_S)) + 1) * SAMPLE_RATE
        rounded = [round(edge) for edge in edges.tolist()]
        found += [Window(index, start, end) for start, end in pairwise(rounded)]
    return sorted(found, key=lambda window: (window.start, window.end))


def cut(audio: Pcm16k, wanted: Sequence[Window]) -> Iterator[tuple[Window, Block]]:
    """Each window and its samples (fewer where the recording ends in it). Holds no more than a window and a block."""
    if not wanted:
        return
    at = wanted[0].start
    held: Block = np.zeros(0, np.int16)
    rest = iter(audio.blocks(at / SAMPLE_RATE))
    for window in wanted:
        while at + len(held) < window.end:
            if at + len(held) < window.start:  # nobody spoke here
                at, held = at + len(held), held[:0]
            block = next(rest, None)
            if block is None:
                break
            held = np.concatenate((held, block))
        gone = min(max(window.start - at, 0), len(held))
        at, held = at + gone, held[gone:]
        yield window, held[: max(window.end - at, 0)]
