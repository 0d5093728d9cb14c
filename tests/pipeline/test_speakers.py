"""Speakers on a transcript: told apart when all is heard, and never at the transcript's cost."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest

from ai_conspects.core.settings import Settings
from ai_conspects.engines import registry
from ai_conspects.engines.speakers.base import SpeakerSeparation
from ai_conspects.engines.speakers.onnx import OnnxSpeakers
from ai_conspects.engines.speech_to_text.base import Pcm16k, Segment
from ai_conspects.models import Segment as SegmentRow
from ai_conspects.models import StepName, StepStatus
from ai_conspects.pipeline.speakers import NOT_TOLD
from ai_conspects.recordings import repository
from tests.audio import wav
from tests.bench import Bench
from tests.engines.speakers import tiny_voices
from tests.engines.speech_to_text.recordings import noise, voice
from tests.scripted import LECTURE, spoken

TURNS = wav(np.concatenate([voice(4), noise(4), voice(4), noise(4), voice(4)]))


@dataclass
class Broken:
    """A separation with a fault of its own."""

    name: str = "broken"

    def separate(self, audio: Pcm16k, segments: Sequence[Segment]) -> list[str | None]:
        raise ZeroDivisionError


@dataclass
class Numbered:
    """A separation that takes each segment for another person."""

    name: str = "numbered"

    def separate(self, audio: Pcm16k, segments: Sequence[Segment]) -> list[str | None]:
        return [f"S{number}" for number, _ in enumerate(segments, start=1)]


@pytest.fixture
def timbre(tmp_path: Path) -> OnnxSpeakers:
    return OnnxSpeakers(tiny_voices.write_timbre(tmp_path / "timbre.onnx"), 0.5, threads=1)


def dialogue(bench: Bench, speakers: SpeakerSeparation | None) -> UUID:
    """Two voices in turn, four seconds each."""
    bench.engines = replace(bench.engines, speakers=speakers)
    bench.speech.segments = spoken(*LECTURE, seconds_each=4.0)
    (recording_id,) = bench.submit(audio=TURNS)
    return recording_id


def shown(bench: Bench, recording_id: UUID) -> tuple[list[str | None], str | None]:
    """Who said each segment, and the transcript's notice; it must be complete, with every word."""
    user_id = bench.recording(recording_id).user_id
    with bench.database.transaction(as_system="a test") as session:
        transcript = repository.transcript(session, user_id, recording_id)
        assert transcript is not None
        assert transcript.is_complete
        rows = repository.segments(session, transcript.id)
        assert [row.text for row in rows] == list(LECTURE)
        return [row.speaker for row in rows], transcript.notice


def test_each_segment_tells_who_said_it(bench: Bench, timbre: OnnxSpeakers) -> None:
    recording_id = dialogue(bench, timbre)
    bench.run_all()
    assert shown(bench, recording_id) == (["S1", "S2", "S1", "S2", "S1"], None)
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE


def test_nobody_is_told_apart_unless_it_is_asked_for(bench: Bench) -> None:
    recording_id = dialogue(bench, None)
    bench.run_all()
    assert shown(bench, recording_id) == ([None] * 5, None)


def test_a_missing_model_costs_the_labels_not_the_transcript(bench: Bench, tmp_path: Path) -> None:
    recording_id = dialogue(bench, OnnxSpeakers(tmp_path / "none.onnx", 0.5))
    bench.run_all()
    assert shown(bench, recording_id) == ([None] * 5, NOT_TOLD)
    assert bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).status == StepStatus.DONE


def test_nor_does_a_fault_in_the_separation(bench: Bench) -> None:
    recording_id = dialogue(bench, Broken())
    bench.run_all()
    assert shown(bench, recording_id) == ([None] * 5, NOT_TOLD)


def test_a_name_that_the_speech_engine_gave_stays(bench: Bench, timbre: OnnxSpeakers) -> None:
    recording_id = dialogue(bench, timbre)
    bench.speech.segments[1] = replace(bench.speech.segments[1], speaker="Анна")
    bench.run_all()
    assert shown(bench, recording_id)[0] == ["S1", "Анна", "S1", "S2", "S1"]


def test_a_segment_that_cleaning_moved_keeps_its_speaker(bench: Bench) -> None:
    recording_id = dialogue(bench, Numbered())
    first, second = bench.speech.segments[:2]
    doubled = f"{first.text.split()[-1]} {second.text}"
    bench.speech.segments[1] = replace(second, start_s=second.start_s - 0.3, text=doubled)
    bench.run_all()
    assert shown(bench, recording_id)[0] == ["S1", "S2", "S3", "S4", "S5"]
    with bench.database.transaction(as_system="a test") as session:
        starts = [row.start_s for row in session.query(SegmentRow).order_by(SegmentRow.position)]
    assert starts[1] != second.start_s - 0.3


def test_what_was_heard_before_a_stop_gets_its_speaker_too(bench: Bench, timbre: OnnxSpeakers) -> None:
    bench.settings.speech.checkpoint_s = 5
    recording_id = dialogue(bench, timbre)
    bench.run_until(recording_id, StepName.TRANSCRIPTION)
    bench.speech.before = lambda segment: bench.draining.append(True) if segment.start_s == 12 else None
    bench.run_all()
    assert bench.step(recording_id, StepName.TRANSCRIPTION).status == StepStatus.DUE
    bench.speech.before = lambda _: None
    bench.draining.clear()
    bench.run_all()
    assert bench.speech.since_s[-1] > 0
    assert shown(bench, recording_id)[0] == ["S1", "S2", "S1", "S2", "S1"]


@dataclass
class StopsMidway:
    """Asks the worker to stop while the voices are being heard."""

    bench: Bench
    inner: SpeakerSeparation
    name: str = "stops"

    def separate(self, audio: Pcm16k, segments: Sequence[Segment]) -> list[str | None]:
        self.bench.draining.append(True)
        return self.inner.separate(audio, segments)


def test_a_worker_that_must_stop_stops_there_and_comes_back(bench: Bench, timbre: OnnxSpeakers) -> None:
    recording_id = dialogue(bench, StopsMidway(bench, timbre))
    bench.run_all()
    assert bench.step(recording_id, StepName.TRANSCRIPTION).status == StepStatus.DUE
    bench.draining.clear()
    bench.engines = replace(bench.engines, speakers=timbre)
    bench.run_all()
    assert shown(bench, recording_id) == (["S1", "S2", "S1", "S2", "S1"], None)


def test_the_settings_turn_it_on(settings: Settings, tmp_path: Path) -> None:
    assert registry.build(settings, tmp_path).speakers is None
    settings.speech.speaker_model = str(tiny_voices.write_timbre(tmp_path / "timbre.onnx"))
    built = registry.build(settings, tmp_path).speakers
    assert built is not None
    assert built.name == "onnx:timbre"
    assert [choice.mend for choice in registry.describe(settings) if choice.kind == "speakers"] == [""]
    settings.speech.speaker_model = str(tmp_path / "none.onnx")
    (choice,) = (choice for choice in registry.describe(settings) if choice.kind == "speakers")
    assert "AI_CONSPECTS_SPEECH__SPEAKER_MODEL" in choice.mend
