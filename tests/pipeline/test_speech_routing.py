"""A recording is heard by the engine for its language, and its transcript bears that name; or it fails in words."""

from dataclasses import dataclass, replace

import pytest

from ai_conspects.engines.errors import EngineUnavailable
from ai_conspects.engines.speech_to_text.base import Pcm16k
from ai_conspects.engines.speech_to_text.router import Candidate, SpeechRouter
from ai_conspects.models import Queue, RecordingStatus, StepName, Transcript
from ai_conspects.pipeline.runner import Runner
from tests.bench import Bench
from tests.scripted import LECTURE, ScriptedSpeech, spoken


def _candidate(language: str, confidence: float = 0.8) -> Candidate:
    engine = ScriptedSpeech(spoken(*LECTURE, confidence=confidence), language=language, name=f"scripted:{language}")
    return Candidate("scripted", engine, frozenset({language}), why="the test says so")


Told = tuple[str, float] | EngineUnavailable | None


@dataclass
class Detecting(ScriptedSpeech):
    """A multilingual engine that tells the language which the test says, or fails at it."""

    told: Told = ("ru", 0.97)

    def detect_language(self, audio: Pcm16k) -> tuple[str, float] | None:
        if isinstance(self.told, EngineUnavailable):
            raise self.told
        return self.told


def _run_detecting(bench: Bench, told: Told, named: str = "auto", confidence: float = 0.8) -> Transcript:
    """A recording in whatever language, with an engine for Russian, which is so sure, and one that detects."""
    whisper = Detecting(spoken(*LECTURE) if told else [], language="en", name="scripted:whisper", told=told)
    languages = frozenset({"ru", "en", "fr"})
    many = Candidate("scripted", whisper, languages, "the test says so", detector=whisper)
    russian = _candidate("ru", confidence)
    engines = replace(bench.engines, speech=SpeechRouter([russian, many]))
    (recording_id,) = bench.submit(language=named)
    _run(Runner(bench.database, engines, bench.settings, "test-worker", lambda: False))
    with bench.database.transaction(as_system="a test") as session:
        return session.query(Transcript).filter(Transcript.recording_id == recording_id).one()


def test_a_recording_detected_as_russian_goes_to_the_engine_for_russian_and_says_so(bench: Bench) -> None:
    transcript = _run_detecting(bench, ("ru", 0.97))
    assert (transcript.engine, transcript.language) == ("scripted:ru", "ru")
    assert transcript.language_probability == pytest.approx(0.97)
    assert transcript.notice == "scripted:whisper took the language for “ru” (97%), so scripted:ru heard it."


def test_one_for_which_there_is_no_better_engine_stays_with_the_one_that_detected(bench: Bench) -> None:
    transcript = _run_detecting(bench, ("fr", 0.9))
    assert transcript.engine == "scripted:whisper"
    assert transcript.language_probability == pytest.approx(0.9)
    assert transcript.notice is None


def test_a_doubtful_language_is_not_handed_on_and_the_doubt_is_told(bench: Bench) -> None:
    transcript = _run_detecting(bench, ("ru", 0.4))
    assert transcript.engine == "scripted:whisper"
    assert "only 40%" in (transcript.notice or "")


def test_where_nobody_speaks_no_language_is_told(bench: Bench) -> None:
    transcript = _run_detecting(bench, None)
    assert (transcript.engine, transcript.language_probability) == ("scripted:whisper", None)
    assert transcript.is_complete


def test_where_an_engine_for_one_language_hears_badly_another_tells_what_is_spoken(bench: Bench) -> None:
    transcript = _run_detecting(bench, ("en", 0.97), "ru", confidence=0.3)
    assert (transcript.engine, transcript.language) == ("scripted:ru", "ru")
    assert "named as “ru”, but what is spoken sounds like “en” (97%)" in (transcript.notice or "")


@pytest.mark.parametrize(
    ("told", "confidence"),
    [
        (("en", 0.97), 0.8),
        (("ru", 0.97), 0.3),
        (("en", 0.79), 0.3),
        (None, 0.3),
        (EngineUnavailable("speech", "No model is here."), 0.3),
    ],
)
def test_what_is_heard_well_or_may_be_the_named_language_stands_without_a_word(
    bench: Bench, told: Told, confidence: float
) -> None:
    transcript = _run_detecting(bench, told, "ru", confidence)
    assert (transcript.is_complete, transcript.notice) == (True, None)


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
    with bench.database.transaction(as_system="a test") as session:
        transcript = session.query(Transcript).filter(Transcript.recording_id == recording_id).one()
        assert (transcript.engine, transcript.language) == (f"scripted:{language}", language)


def test_a_language_that_no_engine_hears_fails_naming_what_can_be_heard(bench: Bench, runner: Runner) -> None:
    (recording_id,) = bench.submit(language="zh")
    _run(runner)
    step = bench.step(recording_id, StepName.TRANSCRIPTION)
    assert bench.recording(recording_id).status == RecordingStatus.FAILED
    assert step.error_code == "language_unsupported"
    assert "scripted:ru hears ru; scripted:en hears en" in (step.error_message or "")
