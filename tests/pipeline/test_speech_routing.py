"""A recording is heard by the engine for its language, and its transcript bears that name; or it fails in words."""

from dataclasses import replace

import pytest

from ai_conspects.engines.speech_to_text.router import Candidate, SpeechRouter
from ai_conspects.models import Queue, RecordingStatus, StepName, Transcript
from ai_conspects.pipeline.runner import Runner
from tests.bench import Bench
from tests.scripted import LECTURE, ScriptedSpeech, spoken


def _candidate(language: str) -> Candidate:
    engine = ScriptedSpeech(spoken(*LECTURE), language=language, name=f"scripted:{language}")
    return Candidate("scripted", engine, frozenset({language}), detects=False, why="the test says so")


@pytest.fixture
def runner(bench: Bench) -> Runner:
    router = SpeechRouter([_candidate("ru"), _candidate("en")])
    return Runner(bench.database, replace(bench.engines, speech=router), bench.settings, "test-worker", lambda: False)


def _run(runner: Runner) -> None:
    while any(runner.run_next(queue) for queue in Queue):
        pass


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_transcript_bears_the_name_of_the_engine_that_heard_it(bench: Bench, runner: Runner, language: str) -> None:
    (recording_id,) = bench.submit(language=language)
    _run(runner)
    assert bench.step(recording_id, StepName.TRANSCRIPTION).engine == f"scripted:{language}"
    with bench.database.transaction() as session:
        transcript = session.query(Transcript).filter(Transcript.recording_id == recording_id).one()
        assert (transcript.engine, transcript.language) == (f"scripted:{language}", language)


def test_a_language_that_no_engine_hears_fails_naming_what_can_be_heard(bench: Bench, runner: Runner) -> None:
    (recording_id,) = bench.submit(language="zh")
    _run(runner)
    step = bench.step(recording_id, StepName.TRANSCRIPTION)
    assert bench.recording(recording_id).status == RecordingStatus.FAILED
    assert step.error_code == "language_unsupported"
    assert "scripted:ru hears ru; scripted:en hears en" in (step.error_message or "")
