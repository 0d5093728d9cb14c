"""Joins utterances into the half minutes that Whisper hears at a time, without the silence between them.

A clip costs the same however full it is, so they are filled: what doesn't fit goes in as far as a pause in it, and a
clip that isn't full waits for the next utterance, however far away.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy import float32, float64
from numpy.typing import NDArray

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE
from ai_conspects.engines.speech_to_text.utterances import FRAME, Stretch

LONGEST_S = 30.0
"""What Whisper hears at a time; the rest of a shorter clip is padded, and costs as much."""

_LEAST_FRAMES = 50
"""1.5 s: an utterance is cut into no shorter pieces."""
_PAUSE_FRAMES, _PAUSE_SHARE = 7, 0.02
"""0.2 s at 17 dB below the mean of the utterance are a pause."""

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
        at_s = utterance.start_s + float(second) - sum(map(_length_s, self.utterances[:place]))
        return round(min(max(at_s, utterance.start_s), utterance.end_s), 3)


def batches(stretches: Iterable[Stretch], *, most: int) -> Iterator[tuple[list[Clip], float]]:
    """All speech among the stretches in clips of at most `LONGEST_S`, `most` at a time, none where nobody speaks yet.

    With them the second before which all speech is in them or came before.
    """
    held: list[list[Stretch]] = []
    end_s = 0.0
    for stretch in stretches:
        end_s = stretch.end_s
        for piece in _pieces(stretch, _room_s(held)) if stretch.speech else ():
            if _length_s(piece) > _room_s(held):
                if len(held) == most:
                    yield _clips(held), piece.start_s
                    held = []
                held.append([])
            held[-1].append(piece)
        if not held:
            yield [], end_s
    if held:
        yield _clips(held), end_s


def waveform(stretch: Stretch) -> Waveform:
    """Its samples as floats."""
    scaled: Waveform = stretch.samples.astype(float32) / float32(32_768)
    return scaled


def _clips(held: Sequence[Sequence[Stretch]]) -> list[Clip]:
    return [Clip(tuple(utterances)) for utterances in held]


def _room_s(held: Sequence[Sequence[Stretch]]) -> float:
    """What the last clip has left."""
    return LONGEST_S - sum(map(_length_s, held[-1])) if held else 0.0


def _pieces(utterance: Stretch, room_s: float) -> tuple[Stretch, ...]:
    """As it is where it fits, or where there is no pause in what fits; else cut in two at the last such pause."""
    if _length_s(utterance) <= room_s:
        return (utterance,)
    whole = utterance.samples[: len(utterance.samples) // FRAME * FRAME].astype(float64).reshape(-1, FRAME)
    energy = (whole**2).mean(axis=1)
    around = np.convolve(energy, np.ones(_PAUSE_FRAMES) / _PAUSE_FRAMES, mode="same")
    fits = min(int(room_s * SAMPLE_RATE / FRAME), len(energy) - _LEAST_FRAMES)
    quiet = np.flatnonzero(around[_LEAST_FRAMES : max(fits, 0)] < _PAUSE_SHARE * energy.mean())
    if not len(quiet):
        return (utterance,)
    cut = (_LEAST_FRAMES + int(quiet[-1])) * FRAME
    rest_s = utterance.start_s + cut / SAMPLE_RATE
    return (
        replace(utterance, samples=utterance.samples[:cut]),
        replace(utterance, start_s=rest_s, samples=utterance.samples[cut:]),
    )


def _length_s(utterance: Stretch) -> float:
    return len(utterance.samples) / SAMPLE_RATE
