"""Recordings for the speech tests: synthetic voices, real clips, and a listener that notes what it is told."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path

import numpy as np

from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits
from ai_conspects.engines.speech_to_text.base import (
    SAMPLE_RATE,
    Block,
    Pcm16k,
    Segment,
    SpeechToText,
    TranscriptInfo,
    Vocabulary,
)


@dataclass(frozen=True)
class Samples:
    """Samples in memory, as a recording."""

    samples: Block

    def blocks(self, since_s: float = 0.0) -> Iterator[Block]:
        """A second at a time."""
        for start in range(round(since_s * SAMPLE_RATE), len(self.samples), SAMPLE_RATE):
            yield self.samples[start : start + SAMPLE_RATE]


@dataclass
class Listener:
    """What an engine told while it heard."""

    segments: list[Segment] = field(default_factory=list)
    progress: list[float] = field(default_factory=list)

    def hear(
        self,
        engine: SpeechToText,
        audio: Pcm16k,
        language: str | None,
        since_s: float = 0,
        vocabulary: Vocabulary | None = None,
    ) -> TranscriptInfo:
        """Have a recording transcribed."""
        return engine.transcribe(
            audio,
            language=language,
            since_s=since_s,
            on_segment=self.segments.append,
            on_progress=self.progress.append,
            vocabulary=vocabulary,
        )

    @property
    def text(self) -> str:
        """All that was heard."""
        return " ".join(segment.text for segment in self.segments)


def voice(seconds: float) -> Block:
    """A buzz with its overtones, which is what a vowel is; it glides about 120 Hz, as nobody's voice stands still."""
    time = np.arange(round(seconds * SAMPLE_RATE)) / SAMPLE_RATE
    phase = 2 * np.pi * 120 * (time - 0.15 / (2 * np.pi * 1.5) * np.cos(2 * np.pi * 1.5 * time))
    overtones = np.arange(1, 20)[:, np.newaxis]
    buzz: Block = (4_000 * (np.sin(phase * overtones) / overtones).sum(axis=0)).astype(np.int16)
    return buzz


def quiet(seconds: float) -> Block:
    """The faint hiss of a room."""
    return np.random.default_rng(1).normal(0, 20, round(seconds * SAMPLE_RATE)).astype(np.int16)


def noise(seconds: float) -> Block:
    """A loud hiss."""
    return np.random.default_rng(2).normal(0, 3_000, round(seconds * SAMPLE_RATE)).astype(np.int16)


def recording(*parts: Block) -> Samples:
    """The parts one after the other."""
    return Samples(np.concatenate(parts))


def clip(name: str) -> DecodedAudio:
    """One of the clips that come with the product."""
    return decoded(Path(str(resources.files("ai_conspects.cli") / "clips" / name)))


def decoded(path: Path) -> DecodedAudio:
    """A file as a recording."""
    return DecodedAudio(path, DecodingLimits(max_seconds=600))
