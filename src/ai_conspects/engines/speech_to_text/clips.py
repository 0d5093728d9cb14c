"""Joins utterances into the half minutes that Whisper hears at a time, without the silence between them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE
from ai_conspects.engines.speech_to_text.utterances import Stretch

LONGEST_S = 30.0
"""What Whisper hears at a time; the rest of a shorter clip is padded, and costs as much."""

Waveform = NDArray[float32]
"""Mono samples at 16 kHz between -1 and 1, shape `(n,)`."""


@dataclass(frozen=True)
class Clip:
    """Utterances, at least one, with the silence between them cut out."""

    utterances: tuple[Stretch, ...]

    @property
    def samples(self) -> Waveform:
        """All of them, one after the other."""
        return np.concatenate([waveform(utterance) for utterance in self.utterances])

    def utterance_at(self, second: float) -> int:
        """The place of the utterance in which that second of the clip lies; the nearest for one outside."""
        ends = np.cumsum([_length_s(utterance) for utterance in self.utterances])
        return min(int(np.searchsorted(ends, second, side="right")), len(self.utterances) - 1)

    def placed(self, second: float, place: int) -> float:
        """A second of the clip as one of the recording, held within that utterance."""
        utterance = self.utterances[place]
        before_s = sum(_length_s(earlier) for earlier in self.utterances[:place])
        at_s = utterance.start_s + float(second) - before_s
        return round(min(max(at_s, utterance.start_s), utterance.end_s), 3)


def clips(stretches: Iterable[Stretch]) -> list[Clip]:
    """All speech among the stretches, in as few clips of at most `LONGEST_S` as follow each other."""
    held: list[list[Stretch]] = []
    for utterance in (stretch for stretch in stretches if stretch.speech):
        if held and _seconds([*held[-1], utterance]) <= LONGEST_S:
            held[-1].append(utterance)
        else:
            held.append([utterance])
    return [Clip(tuple(utterances)) for utterances in held]


def waveform(stretch: Stretch) -> Waveform:
    """Its samples as floats."""
    scaled: Waveform = stretch.samples.astype(float32) / float32(32_768)
    return scaled


def _seconds(utterances: Sequence[Stretch]) -> float:
    return sum(_length_s(utterance) for utterance in utterances)


def _length_s(utterance: Stretch) -> float:
    return len(utterance.samples) / SAMPLE_RATE
