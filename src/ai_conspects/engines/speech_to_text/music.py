"""Tells music from speech by how its tones last: an instrument holds a pitch, a voice glides. Knows no words.

Singing, and speech over music as loud as itself, lie between the two; who is in doubt is heard, and the text flagged.
"""

from enum import IntEnum

import numpy as np
from numpy import bool_, float32
from numpy.typing import NDArray

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block

_HOP, _WINDOW, _FFT = 480, 960, 1_024  # a frame of 60 ms each 30 ms, in bins of 16 Hz
_LAG = 2  # frames; a tone is held that is there now, 60 and 120 ms later
_FREQUENCIES = np.fft.rfftfreq(_FFT, 1 / SAMPLE_RATE)
_BAND = slice(*np.searchsorted(_FREQUENCIES, [100, 4_000]).tolist())
_TAPER = np.hanning(_WINDOW).astype(float32)
_AUDIBLE_TONE = 0.01  # of the loudest in its frame
_EDGE_DB = 25.0  # below the loudest frame; what is fainter at the ends is the silence around
_LOUD_DB = 40.0  # below the loudest frame; what is fainter has no say
_JUDGED, _STEP, _LEAST = 100, 33, 20  # frames: 3 s are judged at a time, a second further each, by 0.6 s at the least

_SURELY_HELD, _SURELY_EVEN_DB = 0.16, 12.0
_PERHAPS_HELD, _HELD_FOR_A_DB = 0.12, 0.01
_HARDLY_HELD = -0.06  # beside what the changes of loudness speak for, in the mean of all 3 s

Spectra = NDArray[float32]


class Music(IntEnum):
    """How likely a stretch is music and nobody speaks in it. `HARDLY` is for engines that can't tell by themselves."""

    NO = 0
    HARDLY = 1
    PERHAPS = 2
    SURELY = 3


def likeness(samples: Block) -> Music:
    """What can be said of the whole stretch: music only where each 3 s of it are; hardly music by their mean.

    The measures are the share of tones that are held, in the median frame (their weight is the fourth root of their
    strength, so that many faint ones count), and by how many decibels the loudness changes: syllables come and go.
    """
    count = len(samples) // _HOP - 1
    if count < _LEAST + 2 * _LAG:
        return Music.NO
    frames = np.lib.stride_tricks.sliding_window_view(samples[: (count + 1) * _HOP], _WINDOW)[::_HOP]
    spectra: Spectra = np.abs(np.fft.rfft(frames * _TAPER, _FFT))[:, _BAND]
    held, loudness = _held(spectra), 10 * np.log10((spectra**2).sum(axis=1) + 1)[: -2 * _LAG]
    loud = np.flatnonzero(loudness > loudness.max() - _EDGE_DB)
    sounding = slice(int(loud[0]), int(loud[-1]) + 1)
    held, loudness = held[sounding], loudness[sounding]
    starts = range(0, max(1, len(held) - _JUDGED // 2), _STEP)
    parts = [measured for at in starts if (measured := _measured(held[at : at + _JUDGED], loudness[at : at + _JUDGED]))]
    if len(parts) < len(starts):
        return Music.NO
    mean = sum(share - _HELD_FOR_A_DB * changes_db for share, changes_db in parts) / len(parts)
    return max(min(_judged(*part) for part in parts), Music.HARDLY if mean > _HARDLY_HELD else Music.NO)


def _held(spectra: Spectra) -> Spectra:
    """For each frame with enough after it, the share of its tones that are in the same bin 60 and 120 ms later."""
    tones: NDArray[bool_] = np.zeros(spectra.shape, bool)
    middle = spectra[:, 1:-1]
    tones[:, 1:-1] = (middle > spectra[:, :-2]) & (middle >= spectra[:, 2:])
    tones &= spectra > spectra.max(axis=1, keepdims=True) * float32(_AUDIBLE_TONE)
    weights = np.where(tones, np.sqrt(np.sqrt(spectra)), 0)[: -2 * _LAG]
    lasting = weights * (tones[_LAG:-_LAG] & tones[2 * _LAG :])
    share: Spectra = lasting.sum(axis=1) / (weights.sum(axis=1) + float32(1e-9))
    return share


def _measured(held: Spectra, loudness: Spectra) -> tuple[float, float] | None:
    """The share of held tones and the decibels by which the loudness changes; None where too little sounds."""
    loud = loudness > loudness.max() - _LOUD_DB
    if np.count_nonzero(loud) < _LEAST:
        return None
    return float(np.median(held[loud])), float(np.subtract(*np.percentile(loudness, [95, 10])))


def _judged(share: float, changes_db: float) -> Music:
    if share > _SURELY_HELD and changes_db < _SURELY_EVEN_DB:
        return Music.SURELY
    return Music.PERHAPS if share > max(_PERHAPS_HELD, _HELD_FOR_A_DB * changes_db) else Music.NO
