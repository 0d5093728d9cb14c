"""Finds the speech in a recording by its voicing, and cuts it into utterances of bounded length. Knows no words.

A voice repeats itself 60 to 400 times a second; noise, knocks and breath don't. A frame counts as voiced when its
autocorrelation has a peak in that range; energy alone would take a slammed door for speech. What repeats itself and is
surely music is no speech either.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import numpy as np
from numpy import bool_, float64, int16
from numpy.typing import NDArray

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block
from ai_conspects.engines.speech_to_text.music import Music, likeness

FRAME = 480
"""Samples in a frame: 30 ms."""

_WINDOW = 2 * FRAME
_FFT = 2048
_SHORTEST_LAG, _LONGEST_LAG = SAMPLE_RATE // 400, SAMPLE_RATE // 60
_FREQUENCIES = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE)
_BAND = (_FREQUENCIES > 150) & (_FREQUENCIES < 4_000)  # below it mains hum, above it nothing periodic in a voice
_PERIODIC = 0.5
_AUDIBLE = 10 ** (-55 / 20) * 32_768
_RUN, _LEAST_VOICED = 3, 6
_PAD, _PAUSE, _LONGEST = 12, 27, 600

LONGEST_S = _LONGEST * FRAME / SAMPLE_RATE
"""The longest stretch of speech, in seconds."""

Flags = NDArray[bool_]


@dataclass(frozen=True)
class Stretch:
    """A piece of the recording, in which somebody speaks or nobody does. Speech may be `music` instead, so likely."""

    start_s: float
    samples: Block
    speech: bool
    music: Music = Music.NO

    @property
    def end_s(self) -> float:
        """Where the next one begins."""
        return self.start_s + len(self.samples) / SAMPLE_RATE


def stretches(blocks: Iterable[Block], start_s: float) -> Iterator[Stretch]:
    """Speech and what lies between, in order, from samples that begin at `start_s`.

    Speech comes in pieces of at most 18 s, with 0.36 s of what stands before and after it.
    """
    pending, voiced, at = np.empty(0, int16), np.empty(0, bool_), round(start_s * SAMPLE_RATE)
    for block in chain(blocks, [None]):
        if block is None:  # the end: what is left counts as silence
            unjudged = -(-len(pending) // FRAME) - len(voiced)
            voiced = np.concatenate([voiced, np.zeros(unjudged, bool_)])
        else:
            pending = np.concatenate([pending, block])
            voiced = np.concatenate([voiced, _voiced(pending[len(voiced) * FRAME :])])
        while cut := _next_cut(voiced, pending, ended=block is None):
            frames, speech = cut
            yield _stretch(at / SAMPLE_RATE, pending[: frames * FRAME], voiced=speech)
            pending, voiced, at = pending[frames * FRAME :], voiced[frames:], at + frames * FRAME


def _stretch(start_s: float, samples: Block, *, voiced: bool) -> Stretch:
    music = likeness(samples) if voiced else Music.NO
    return Stretch(start_s, samples, speech=voiced and music is not Music.SURELY, music=music)


def _voiced(samples: Block) -> Flags:
    """For each frame that has a successor: is it audible and periodic, seen together with that successor?"""
    found = np.zeros(max(0, len(samples) // FRAME - 1), bool_)
    if not len(found):
        return found
    frames = samples[: (len(found) + 1) * FRAME].astype(float64).reshape(-1, FRAME)
    energy = np.einsum("ij,ij->i", frames, frames)
    loud = np.flatnonzero((energy[:-1] + energy[1:]) / _WINDOW > _AUDIBLE**2)
    windows = np.concatenate([frames[loud], frames[loud + 1]], axis=1)
    windows -= windows.mean(axis=1, keepdims=True)
    spectrum = np.fft.rfft(windows, _FFT)
    power = np.square(spectrum.real) + np.square(spectrum.imag)
    periodic = _periodic(power)
    periodic[periodic] = _periodic(power[periodic] * _BAND)
    found[loud] = periodic
    return found


def _periodic(power: NDArray[float64]) -> Flags:
    """Whether each autocorrelation has a high peak within a voice's range, among even lags first: most have it there.

    Folded in the middle, a power spectrum is that of every other lag, at half the cost.
    """
    half = _FFT // 4
    found = _peaks(power[:, : half + 1] + power[:, : half - 1 : -1], every=2)
    found[~found] = _peaks(power[~found], every=1)
    return found


def _peaks(power: NDArray[float64], *, every: int) -> Flags:
    """Whether the highest peak in that range is more than `_PERIODIC` of the energy, by `every` so manieth lag."""
    correlation = np.fft.irfft(power)
    highest = correlation[:, _SHORTEST_LAG // every : _LONGEST_LAG // every + 1].max(axis=1)
    high: Flags = highest > _PERIODIC * correlation[:, 0]
    return high


def _next_cut(voiced: Flags, pending: Block, *, ended: bool) -> tuple[int, bool] | None:
    """The frames of the oldest stretch of what is pending, and whether it is speech; None if that can't be told yet."""
    frames = np.flatnonzero(_lasting(voiced))
    if not len(frames):
        quiet = len(voiced) - (0 if ended else _PAD)
        return (quiet, False) if quiet > 0 else None
    if frames[0] > _PAD:
        return int(frames[0]) - _PAD, False
    pauses = np.flatnonzero(np.diff(np.append(frames, len(voiced) + (_PAUSE if ended else -1))) >= _PAUSE)
    if len(pauses):
        end = min(int(frames[pauses[0]]) + 1 + _PAD, len(voiced))
        if end <= _LONGEST:
            return end, int(np.count_nonzero(voiced[:end])) >= _LEAST_VOICED
    return (_quietest(pending), True) if len(voiced) >= _LONGEST else None


def _lasting(voiced: Flags) -> Flags:
    """Without those voiced frames that stand in a run too short for any vowel."""
    core = voiced.copy()
    for shift in range(1, _RUN):
        core[:-shift] &= voiced[shift:]
        core[len(core) - shift :] = False
    lasting = core.copy()
    for shift in range(1, _RUN):
        lasting[shift:] |= core[:-shift]
    return lasting


def _quietest(pending: Block) -> int:
    """The frame in the second half of the longest utterance around which there is least energy."""
    half = pending[_LONGEST // 2 * FRAME : _LONGEST * FRAME].astype(float64).reshape(-1, FRAME)
    energy = np.convolve((half**2).sum(axis=1), np.ones(7), mode="same")
    return _LONGEST // 2 + int(np.argmin(energy[7:-7])) + 7
