"""How loud a recording is over its length, to be drawn as a wave. Runs in the child, so it works without numpy.

One sample in `STRIDE` of the first channel is looked at: enough for a picture, at little beside what decoding costs.
"""

from itertools import pairwise
from typing import Literal

from av.audio.frame import AudioFrame

STRIDE = 8
BUCKET_S = 0.1
MOST = 1000
"""So many bars at most, whatever the length."""
LOUDEST = 100
_ABSURD = 4.0  # floating samples go to 1; a damaged file may hold anything

_KINDS: dict[str, tuple[Literal["f", "d", "h", "i"], int, float]] = {
    "flt": ("f", 4, 1.0),
    "dbl": ("d", 8, 1.0),
    "s16": ("h", 2, 2.0**15),
    "s32": ("i", 4, 2.0**31),
}
"""By FFmpeg's name of the samples: Python's letter for them, bytes, and the loudest."""


class Peaks:
    """The highest sample of each tenth of a second."""

    def __init__(self) -> None:
        self._buckets: list[float] = []

    def add(self, frame: AudioFrame, at_s: float) -> None:
        """A frame that begins at that second; samples of other kinds draw nothing."""
        kind = _KINDS.get(frame.format.name.removesuffix("p"))
        if kind is None:
            return
        letter, width, full = kind
        channels = 1 if frame.format.is_planar else frame.layout.nb_channels
        held = memoryview(frame.planes[0]).cast("B")
        samples = held[: min(len(held) // width, frame.samples * channels) * width].cast(letter)
        seconds = frame.samples / frame.sample_rate
        for bucket in range(int(at_s / BUCKET_S), int((at_s + seconds) / BUCKET_S) + 1):
            start = max(0, round((bucket * BUCKET_S - at_s) * frame.sample_rate)) * channels
            end = round(((bucket + 1) * BUCKET_S - at_s) * frame.sample_rate) * channels
            self._raise(bucket, max(samples[start : end : STRIDE * channels], default=0) / full)

    def drawn(self) -> list[int]:
        """`MOST` bars at most, from 0 to `LOUDEST`, which the loudest of the recording has."""
        bars = min(MOST, len(self._buckets))
        each = len(self._buckets) / bars if bars else 0.0
        edges = [int(bar * each) for bar in range(bars)] + [len(self._buckets)]
        heights = [max(self._buckets[start:end]) for start, end in pairwise(edges)]
        loudest = max(heights, default=0.0)
        return [round(height / loudest * LOUDEST) if loudest else 0 for height in heights]

    def _raise(self, bucket: int, peak: float) -> None:
        self._buckets.extend([0.0] * (bucket + 1 - len(self._buckets)))
        if peak > self._buckets[bucket]:  # never so for NaN
            self._buckets[bucket] = min(peak, _ABSURD)
