"""Sounds in which nobody speaks, made here: what an engine writes about them is invented."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block

SECONDS = 30


@dataclass(frozen=True)
class Sound:
    """Samples in memory, as a recording."""

    samples: Block

    def blocks(self, since_s: float = 0.0) -> Iterator[Block]:
        """A second at a time."""
        for start in range(round(since_s * SAMPLE_RATE), len(self.samples), SAMPLE_RATE):
            yield self.samples[start : start + SAMPLE_RATE]


def nothing() -> list[tuple[str, Sound]]:
    """Each with its name, half a minute long."""
    random = np.random.default_rng(3)
    count = SECONDS * SAMPLE_RATE
    time = np.arange(count) / SAMPLE_RATE
    hum = 3_000 * np.sin(2 * np.pi * 50 * time) + 900 * np.sin(2 * np.pi * 100 * time) + random.normal(0, 40, count)
    return [
        ("digital silence", _sound(np.zeros(count))),
        ("the hiss of a room", _sound(random.normal(0, 30, count))),
        ("a loud hiss", _sound(random.normal(0, 3_000, count))),
        ("the hum of the mains", _sound(hum)),
        ("knocks", _sound(_knocks(random, count))),
        ("music (chords)", _sound(_music(time))),
    ]


def _sound(samples: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> Sound:
    return Sound(np.clip(samples, -32_768, 32_767).astype(np.int16))


def _knocks(random: np.random.Generator, count: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Twice a second or so, a burst that dies away in 50 ms."""
    made = random.normal(0, 20, count)
    fading = np.exp(-np.arange(2_400) / 400)
    for start in np.cumsum(random.uniform(4_000, 12_000, 50)).astype(int):
        made[start : start + 2_400] += (random.normal(0, 12_000, 2_400) * fading)[: max(0, count - start)]
    return made


def _music(
    time: np.ndarray[tuple[int, ...], np.dtype[np.float64]],
) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    """Four chords in turn, a second each, with overtones and a beat that dies away."""
    chords = ((261.6, 329.6, 392.0), (220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (196.0, 246.9, 293.7))
    made = np.zeros_like(time)
    for number, chord in enumerate(chords):
        playing = (time.astype(int) % len(chords)) == number
        tones = sum(np.sin(2 * np.pi * note * over * time) / over for note in chord for over in (1, 2, 3))
        made += playing * tones * np.exp(-3 * (time % 1))
    return 3_000 * made
