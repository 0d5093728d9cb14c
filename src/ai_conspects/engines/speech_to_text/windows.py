"""Gathers a recording into windows for an engine that takes whole files: of bounded length, cut in silence."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from ai_conspects.engines.speech_to_text.base import Block
from ai_conspects.engines.speech_to_text.utterances import LONGEST_S, Stretch

_LONG_SILENCE_S = 10.0
"""Engines invent words over a silence as long as this, so that none of them gets it."""


@dataclass(frozen=True)
class Window:
    """Neighbouring stretches, none where nobody speaks at the beginning."""

    stretches: tuple[Stretch, ...]

    @property
    def start_s(self) -> float:
        """Where it begins in the recording."""
        return self.stretches[0].start_s

    @property
    def end_s(self) -> float:
        """Up to where all is in this window or in one before."""
        return self.stretches[-1].end_s

    @property
    def speech_end_s(self) -> float:
        """Where the last speech in it ends; its start where there is none."""
        return max((stretch.end_s for stretch in self.stretches if stretch.speech), default=self.start_s)

    @property
    def samples(self) -> Block:
        """What to hear: from the first speech to the end of the last, empty where nobody speaks."""
        heard = [stretch.samples for stretch in self.stretches if stretch.end_s <= self.speech_end_s]
        return np.concatenate([np.empty(0, np.int16), *heard])


def windows(stretches: Iterable[Stretch], *, longest_s: float) -> Iterator[Window]:
    """Windows that together hold every stretch, none longer than `longest_s` (more than twice `LONGEST_S`)."""
    held: list[Stretch] = []
    for stretch in stretches:
        if held and not held[0].speech and stretch.speech:
            yield Window(tuple(held))
            held = []
        held.append(stretch)
        if _is_full(Window(tuple(held)), longest_s):
            yield Window(tuple(held))
            held = []
    if held:
        yield Window(tuple(held))


def _is_full(window: Window, longest_s: float) -> bool:
    """Whether the next stretch could be too much, or a silence is at hand and it is nearly time, or it's a long one."""
    length_s, silence_s = window.end_s - window.start_s, window.end_s - window.speech_end_s
    nearly = length_s > longest_s - 2 * LONGEST_S and silence_s > 0
    return nearly or length_s > longest_s - LONGEST_S or silence_s >= _LONG_SILENCE_S
