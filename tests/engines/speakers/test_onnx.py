"""A model of voices in ONNX, really loaded and run: one with random weights, one that hears timbre, and wrong ones."""

import tracemalloc
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected
from ai_conspects.engines.speakers.onnx import OnnxSpeakers
from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block, Segment
from tests.data import test_data
from tests.engines.speakers import tiny_voices
from tests.engines.speech_to_text.recordings import Samples, decoded, noise, quiet, recording, voice


def spoken(*spans: tuple[float, float]) -> list[Segment]:
    return [Segment(start, end, "", None) for start, end in spans]


def timbre(folder: Path) -> OnnxSpeakers:
    return OnnxSpeakers(tiny_voices.write_timbre(folder / "timbre.onnx"), 0.5, threads=1)


def people(name: str, seconds: float) -> Block:
    """The beginning of somebody's recording, as loud as the others'."""
    samples = np.concatenate(list(decoded(test_data() / "audio" / name).blocks()))[: round(seconds * SAMPLE_RATE)]
    even: Block = (samples * (20_000 / np.abs(samples).max())).astype(np.int16)
    return even


def test_two_people_who_take_turns_are_told_apart(tmp_path: Path) -> None:
    reader, president = people("sonnet1.mp3", 20), people("jfk.flac", 10)
    turn = 5 * SAMPLE_RATE
    turns = [reader[:turn], president[:turn], reader[turn : 2 * turn], president[turn:], reader[2 * turn :]]
    edges = np.cumsum([0, *(len(samples) / SAMPLE_RATE for samples in turns)]).tolist()
    segments = spoken(*pairwise(edges))
    labels = timbre(tmp_path).separate(Samples(np.concatenate(turns)), segments)
    assert labels == ["S1", "S2", "S1", "S2", "S1"]


def test_one_person_is_one_speaker(tmp_path: Path) -> None:
    audio = Samples(people("jfk.flac", 11))
    assert timbre(tmp_path).separate(audio, spoken((0, 3), (3, 6), (6, 7), (7, 11))) == ["S1"] * 4


def test_random_weights_load_and_run_on_every_kind_of_segment(tmp_path: Path) -> None:
    engine = OnnxSpeakers(tiny_voices.write_random(tmp_path / "voices.onnx"), 0.5)
    audio = recording(voice(8), np.zeros(3 * SAMPLE_RATE, np.int16), noise(8))
    labels = engine.separate(audio, spoken((0, 8), (7, 7.2), (8, 11), (11, 19), (18.5, 25), (30, 33)))
    assert engine.name == "onnx:voices"
    assert labels[0] == "S1"
    assert labels[1] is None  # too short
    assert labels[2] is None  # digital silence
    assert labels[3] in {"S1", "S2"}  # random weights may hear no difference
    assert labels[4] == labels[3]
    assert labels[5] is None  # after the end


def test_no_segments_and_unheard_ones_have_no_speaker(tmp_path: Path) -> None:
    assert timbre(tmp_path).separate(recording(quiet(1)), []) == []
    assert timbre(tmp_path).separate(recording(quiet(1)), spoken((0.0, 0.1), (5, 6))) == [None, None]


@dataclass
class Endless:
    """An hour of two buzzes in turn, made as it is read."""

    seconds: int

    def blocks(self, since_s: float = 0.0) -> Iterator[Block]:
        buzz, hiss = voice(1), noise(1)
        for second in range(int(since_s), self.seconds):
            yield buzz if second // 10 % 2 else hiss


def test_memory_stays_flat_over_a_long_recording(tmp_path: Path) -> None:
    engine = timbre(tmp_path)
    engine.separate(Endless(60), spoken((0, 10)))  # loads the model
    peaks = []
    for seconds in (200, 1_200):
        segments = spoken(*((at, at + 10) for at in range(0, seconds, 10)))
        tracemalloc.start()
        labels = engine.separate(Endless(seconds), segments)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
        assert labels == ["S1", "S2"] * (seconds // 20)
    assert peaks[1] < peaks[0] + 500_000


@pytest.mark.parametrize("kind", ["missing", "text", "nemo", "talkative"])
def test_a_file_that_is_no_model_of_voices_says_what_to_set(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "model.onnx"
    if kind == "text":
        path.write_text("no model")
    elif kind != "missing":
        {"nemo": tiny_voices.write_nemo, "talkative": tiny_voices.write_talkative}[kind](path)
    with pytest.raises(EngineMisconfigured, match="AI_CONSPECTS_SPEECH__SPEAKER_MODEL") as told:
        OnnxSpeakers(path, 0.5).separate(recording(voice(3)), spoken((0, 3)))
    assert str(path) in told.value.message


def test_audio_that_breaks_off_says_so(tmp_path: Path) -> None:
    @dataclass
    class Broken:
        def blocks(self, since_s: float = 0.0) -> Iterator[Block]:
            yield voice(1)
            raise EngineRejected("decoding", "broken", code="audio_unreadable")

    with pytest.raises(EngineRejected, match="broken"):
        timbre(tmp_path).separate(Broken(), spoken((0, 3)))
