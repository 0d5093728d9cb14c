"""What our way to an engine costs beside the library alone, on one recording of three minutes, by clock and by CPU.

Our way decodes in a process of its own, finds speech, cuts windows, places times; the library gets the same recording
as it takes it best. They take turns, so that what else the machine does falls on all; the CPU's seconds are those of
this process and of all below it (by Linux's /proc), and need no quiet machine. The library hears each clip of a batch
once, however bad its text is; so our Whisper is measured that way too.
"""

import os
import statistics
import tempfile
import time
import wave
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from unittest.mock import patch

import numpy as np
from rich.table import Table

from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits
from ai_conspects.engines.speech_to_text import faster_whisper_hearing
from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block, Pcm16k, SpeechToText
from ai_conspects.engines.speech_to_text.faster_whisper import FasterWhisperEngine
from ai_conspects.engines.speech_to_text.utterances import stretches
from bench.speech_engines import Bare

ALONE, OURS = "the library alone", "our way"
LONG_S = 180
"""Seconds of the recording that is measured on, at the least."""


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of the CPU."""

    wall_s: float
    cpu_s: float


def overhead(engine: SpeechToText, bare: Bare, recordings: Sequence[Pcm16k], language: str, runs: int) -> Table:
    """A table of the medians of `runs` turns, on these recordings one after the other until they are long enough."""
    table = Table("median of", "clock s", "CPU s", "clock", "CPU", title=f"{engine.name}: overhead, {runs} turns each")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "long.wav"
        table.caption = f"{write(file, recordings):.0f} s of audio"
        audio = DecodedAudio(file, DecodingLimits(max_seconds=3_600))
        ways: dict[str, Callable[[], object]] = {
            ALONE: bare(file, language),
            OURS: partial(hear, engine, audio, language),
        }
        if isinstance(engine, FasterWhisperEngine):
            ways["our way, each clip heard once"] = heard_once(ways[OURS])
        ways["of it, decoding and finding speech"] = partial(find, audio)
        turns = [_turn(ways, first) for first in range(runs)]
    for name in ways:
        cost = median([turn[name] for turn in turns])
        ratio = median([_ratio(turn[name], turn[ALONE]) for turn in turns])
        shown = (f"{ratio.wall_s - 1:+.1%}", f"{ratio.cpu_s - 1:+.1%}") if "our way" in name else ("", "")
        table.add_row(name, f"{cost.wall_s:.2f}", f"{cost.cpu_s:.2f}", *shown)
    return table


def heard_once(call: Callable[[], object]) -> Callable[[], object]:
    """The same without a second hearing of what Whisper made no good text of."""

    def once() -> object:
        with (
            patch.object(faster_whisper_hearing, "_is_good", lambda _: True),
            patch.object(faster_whisper_hearing, "_is_short", lambda *_: False),
        ):
            return call()

    return once


def _turn(ways: Mapping[str, Callable[[], object]], first: int) -> dict[str, Spent]:
    """The costs of all, one right after the other; who is first changes, for a machine tires or recovers."""
    names = list(ways)
    return {name: spent(ways[name]) for name in [*names[first % len(names) :], *names[: first % len(names)]]}


def _ratio(one: Spent, other: Spent) -> Spent:
    return Spent(one.wall_s / other.wall_s, one.cpu_s / other.cpu_s)


def write(file: Path, recordings: Sequence[Pcm16k]) -> float:
    """The recordings, over and over, as a WAV file of `LONG_S` or more; its seconds."""
    parts = [_samples(audio) for audio in recordings]
    once_s = sum(map(len, parts)) / SAMPLE_RATE
    samples = np.concatenate(parts * int(np.ceil(LONG_S / once_s)))
    with wave.open(str(file), "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(SAMPLE_RATE)
        out.writeframes(samples.tobytes())
    return len(samples) / SAMPLE_RATE


def _samples(audio: Pcm16k) -> Block:
    return np.concatenate(list(audio.blocks()))


def hear(engine: SpeechToText, audio: Pcm16k, language: str) -> None:
    """Have it transcribed, and let the text go."""
    engine.transcribe(audio, language=language, since_s=0, on_segment=lambda _: None, on_progress=lambda _: None)


def find(audio: Pcm16k) -> int:
    """Decode it and find the speech, without hearing it."""
    return sum(stretch.speech for stretch in stretches(audio.blocks(), 0.0))


def spent(call: Callable[[], object]) -> Spent:
    """What it takes. Decoders count: they have ended, and what they took is told of the process that they come from."""
    wall_s, cpu_s = time.perf_counter(), _cpu_s()
    call()
    return Spent(time.perf_counter() - wall_s, _cpu_s() - cpu_s)


def _cpu_s() -> float:
    """Of this process, its children, and all of theirs that have ended."""
    listed = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    spent = [Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15] for pid in listed]
    return sum(os.times()[:4]) + sum(map(int, chain.from_iterable(spent))) / os.sysconf("SC_CLK_TCK")


def median(costs: Sequence[Spent]) -> Spent:
    """Of each figure by itself."""
    return Spent(statistics.median(one.wall_s for one in costs), statistics.median(one.cpu_s for one in costs))
