"""The log-mel features that speaker models are trained on, as Kaldi computes them without dither. Nothing is kept."""

from functools import cache

import numpy as np
from numpy.typing import NDArray

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block

BINS = 80
FRAME = SAMPLE_RATE * 25 // 1000
SHIFT = SAMPLE_RATE * 10 // 1000
_FFT = 512
_LOWEST_HZ = 20.0
_PREEMPHASIS = 0.97
_FLOOR = float(np.finfo(np.float32).eps)

Features = NDArray[np.float32]
"""One row of 80 a frame of 25 ms, every 10 ms; the mean of each column is 0."""


def fbank(samples: Block) -> Features:
    """Features of shape `(1 + (n - 400) // 160, 80)`; none for less than a frame.

    The source is Kaldi's `compute-fbank-feats` with a Hamming window, which WeSpeaker's models hear. Taking the means
    away makes them deaf to loudness: a louder signal is a constant more in every logarithm.
    """
    if len(samples) < FRAME:
        return np.zeros((0, BINS), np.float32)
    frames = np.lib.stride_tricks.sliding_window_view(samples, FRAME)[::SHIFT].astype(np.float32)
    frames -= frames.mean(axis=1, keepdims=True)
    before = np.concatenate((frames[:, :1], frames[:, :-1]), axis=1)
    spectrum = np.fft.rfft((frames - _PREEMPHASIS * before) * _window(), _FFT)
    power = (spectrum.real**2 + spectrum.imag**2).astype(np.float32)
    logs = np.log(np.maximum(power @ _mel_filters(), _FLOOR))
    features: Features = (logs - logs.mean(axis=0)).astype(np.float32)
    return features


@cache
def _window() -> NDArray[np.float32]:
    return np.hamming(FRAME).astype(np.float32)


@cache
def _mel_filters() -> NDArray[np.float32]:
    """Triangles that stand evenly on the mel scale, one a column, over the bins of the spectrum."""
    edges = np.linspace(_mel(_LOWEST_HZ), _mel(SAMPLE_RATE / 2), BINS + 2)
    bins = _mel(np.arange(_FFT // 2 + 1) * SAMPLE_RATE / _FFT)[:, np.newaxis]
    left, centre, right = edges[:-2], edges[1:-1], edges[2:]
    rising, falling = (bins - left) / (centre - left), (right - bins) / (right - centre)
    return np.maximum(np.minimum(rising, falling), 0).astype(np.float32)


def _mel(hertz: float | NDArray[np.float64]) -> NDArray[np.float64]:
    return np.asarray(1127.0 * np.log(1.0 + np.asarray(hertz) / 700.0))
