"""The engine for Whisper on this machine, run for real on tiny models that write what they are told."""

import threading
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.speech_to_text import faster_whisper_hearing
from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.engines.speech_to_text.faster_whisper import FasterWhisperEngine
from tests.engines.speech_to_text.recordings import Listener, clip, noise, quiet, recording, voice

pytest.importorskip("faster_whisper", reason="the extra “whisper” is not installed: pip install -e '.[whisper]'")

from tests.engines.speech_to_text.tiny_whisper import Script, write_whisper

SENTENCE = "And so my fellow Americans."
LONG = recording(*(voice(8), quiet(1)) * 24)
"""Three and a half minutes: eight clips of three utterances each."""

Maker = Callable[[Script], FasterWhisperEngine]


@pytest.fixture(scope="module")
def engine_of(tmp_path_factory: pytest.TempPathFactory) -> Maker:
    made: dict[Script, FasterWhisperEngine] = {}

    def make(script: Script) -> FasterWhisperEngine:
        if script not in made:
            made[script] = FasterWhisperEngine(str(write_whisper(tmp_path_factory.mktemp("whisper"), script)))
        return made[script]

    return make


@pytest.fixture
def engine(engine_of: Maker) -> FasterWhisperEngine:
    return engine_of(Script())


def heard(engine: FasterWhisperEngine, language: str | None = "en") -> tuple[Listener, list[Segment]]:
    listener = Listener()
    listener.hear(engine, clip("jfk.m4a"), language)
    return listener, listener.segments


def test_real_speech_goes_through_the_real_model(engine: FasterWhisperEngine) -> None:
    listener, segments = heard(engine)
    assert listener.text == SENTENCE
    assert [word.text for segment in segments for word in segment.words] == SENTENCE.split()
    assert all(segment.flags == () for segment in segments)
    assert listener.progress[-1] == pytest.approx(11, abs=0.05)


def test_words_have_times_in_the_recording_and_probabilities(engine: FasterWhisperEngine) -> None:
    _, segments = heard(engine)
    words = [word for segment in segments for word in segment.words]
    assert all(0 <= word.start_s <= word.end_s <= 11.05 for word in words)
    assert all(one.end_s <= other.start_s + 0.01 for one, other in pairwise(words))
    assert all(word.confidence is not None and 0.9 < word.confidence <= 1 for word in words)
    assert all(type(word.start_s) is float and type(word.confidence) is float for word in words)


def test_a_long_recording_is_heard_with_a_checkpoint_every_minute_or_so(engine_of: Maker) -> None:
    listener = Listener()
    words = (*(f" something{number}" for number in range(8)), " Americans.")
    listener.hear(engine_of(Script(words=words)), LONG, "en")
    steps = [later - earlier for earlier, later in pairwise([0.0, *listener.progress])]
    assert max(steps) <= 90  # of speech, three clips
    assert listener.progress[-1] == 216
    assert listener.text.count("Americans.") == pytest.approx(216 / 27, abs=2)  # once for each clip of three utterances
    starts = [segment.start_s for segment in listener.segments]
    assert starts == sorted(starts)


def test_where_it_wrote_nearly_nothing_over_much_speech_it_is_heard_again_with_times(engine_of: Maker) -> None:
    listener = Listener()
    listener.hear(engine_of(Script(words=(" One", " two."))), recording(*(voice(8), quiet(1)) * 3), "en")
    assert listener.text.count("One two.") > 1  # it goes on after its last time, as a real one does


def test_where_it_thinks_that_nobody_speaks_it_is_not_heard_again(engine_of: Maker) -> None:
    listener = Listener()
    script = Script(words=(" One", " two."), no_speech=40)
    listener.hear(engine_of(script), recording(*(voice(8), quiet(1)) * 3), "en")
    assert listener.text == "One two."
    assert "no_speech" in listener.segments[0].flags


def test_each_batch_is_told_before_its_checkpoint(engine: FasterWhisperEngine) -> None:
    told: list[tuple[str, float]] = []
    engine.transcribe(
        LONG,
        language="en",
        since_s=0,
        on_segment=lambda segment: told.append(("segment", segment.end_s)),
        on_progress=lambda second: told.append(("progress", second)),
    )
    reached = 0.0
    for kind, second in told:
        assert second >= reached if kind == "segment" else second > reached
        reached = second if kind == "progress" else reached


def test_it_goes_on_from_a_checkpoint_to_the_same_segments(engine: FasterWhisperEngine) -> None:
    whole, rest = Listener(), Listener()
    whole.hear(engine, LONG, "en")
    checkpoint = whole.progress[0]
    rest.hear(engine, LONG, "en", since_s=checkpoint)
    assert [segment.text for segment in rest.segments] == [
        segment.text for segment in whole.segments if segment.start_s >= checkpoint
    ]
    assert rest.segments[0].start_s == pytest.approx(
        next(segment.start_s for segment in whole.segments if segment.start_s >= checkpoint), abs=0.1
    )


def test_silence_and_noise_never_reach_the_model(engine: FasterWhisperEngine) -> None:
    listener = Listener()
    info = listener.hear(engine, recording(quiet(20), noise(20)), None)
    assert (listener.segments, info.language) == ([], "und")
    assert listener.progress[-1] == 40


def test_what_is_said_after_a_long_silence_stands_at_its_own_time(engine: FasterWhisperEngine) -> None:
    listener = Listener()
    listener.hear(engine, recording(quiet(2), voice(3), quiet(5), voice(3), quiet(2)), "en")
    words = [word for segment in listener.segments for word in segment.words]
    spoken = ((1.6, 5.4), (9.6, 13.4))
    assert all(any(start <= word.start_s <= word.end_s <= end for start, end in spoken) for word in words)


def test_the_language_is_detected_once_with_its_probability(engine_of: Maker) -> None:
    script = Script(words=(" Привет,", " мир."), language="ru", language_sureness=6)
    listener = Listener()
    info = listener.hear(engine_of(script), LONG, None)
    odds = np.exp(6) / (np.exp(6) + 98)
    assert info.language == "ru"
    assert info.language_probability == pytest.approx(odds, abs=0.1)
    assert info.notice is None
    assert listener.segments[0].text.startswith("Привет")


def test_the_language_can_be_asked_alone(engine_of: Maker) -> None:
    engine = engine_of(Script(language="ru"))
    told = engine.detect_language(LONG)
    assert told is not None
    assert (told[0], round(told[1], 1)) == ("ru", 1.0)
    assert engine.detect_language(recording(quiet(3))) is None


def test_a_doubtful_language_is_told(engine_of: Maker) -> None:
    info = Listener().hear(engine_of(Script(language="ru", language_sureness=1)), clip("jfk.m4a"), None)
    assert info.language_probability is not None
    assert info.language_probability < 0.5
    assert info.notice is not None
    assert "certainty of only" in info.notice


def test_another_language_than_the_one_that_is_named_is_told_and_the_named_one_kept(engine_of: Maker) -> None:
    info = Listener().hear(engine_of(Script()), clip("jfk.m4a"), "ru-RU")
    assert (info.language, info.language_probability) == ("ru-RU", None)
    assert info.notice is not None
    assert "named as “ru-RU”, but what is spoken sounds like “en” (97%)" in info.notice


@pytest.mark.parametrize(
    ("script", "named"),
    [
        (Script(), "en-GB"),
        (Script(language="no"), "nb"),
        (Script(language_sureness=5), "ru"),  # 60 %
        (Script(no_speech=40), "ru"),
        (Script(multilingual=False), "en"),
    ],
)
def test_nothing_is_told_of_a_language_that_may_be_the_one_that_is_named(
    engine_of: Maker, script: Script, named: str
) -> None:
    assert Listener().hear(engine_of(script), clip("jfk.m4a"), named).notice is None


def test_another_language_is_looked_for_in_the_first_speech_alone(
    engine: FasterWhisperEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[int] = []
    overhear = faster_whisper_hearing._overhear

    def noted(*given: Any) -> None:
        asked.append(1)
        overhear(*given)

    monkeypatch.setattr(faster_whisper_hearing, "_overhear", noted)
    Listener().hear(engine, LONG, "ru")
    assert len(asked) == 1


@pytest.mark.parametrize("since_s", [108, 216])
def test_one_that_goes_on_from_a_checkpoint_tells_it_too(engine: FasterWhisperEngine, since_s: float) -> None:
    whole, rest = (Listener().hear(engine, LONG, "ru", since_s=since) for since in (0, since_s))
    assert rest.notice == whole.notice is not None


@pytest.mark.parametrize(
    ("script", "flag"),
    [
        (Script(no_speech=40), "no_speech"),
        (Script(words=(" la",) * 60), "repetitive"),
        (Script(sureness=0.5), "unlikely"),
    ],
)
def test_what_may_not_have_been_said_is_flagged_and_kept(engine_of: Maker, script: Script, flag: str) -> None:
    _, segments = heard(engine_of(script))
    assert segments
    assert all(flag in segment.flags for segment in segments)


def test_doubt_lowers_the_confidence(engine_of: Maker) -> None:
    _, [sure, *_] = heard(engine_of(Script()))
    _, [unsure, *_] = heard(engine_of(Script(sureness=0.5)))
    assert sure.confidence is not None
    assert unsure.confidence is not None
    assert unsure.confidence < 0.37 < 0.9 < sure.confidence


@pytest.mark.parametrize("language", ["ru", None])
def test_a_model_that_knows_only_english_refuses_other_languages(engine_of: Maker, language: str | None) -> None:
    english = engine_of(Script(multilingual=False))
    with pytest.raises(EngineRejected, match="en") as refused:
        heard(english, language)
    assert refused.value.code == "language_unsupported"
    assert heard(english, "en")[0].text == SENTENCE


def test_a_language_that_no_whisper_knows_is_refused_naming_what_can_be_done(engine: FasterWhisperEngine) -> None:
    with pytest.raises(EngineRejected, match=r"“tlh”.*knows: .*en.*ru"):
        heard(engine, "tlh")


def test_threads_share_one_model(engine_of: Maker) -> None:
    engine, listeners = engine_of(Script(words=(" One hundred and", " twenty-two."))), [Listener() for _ in range(3)]
    threads = [threading.Thread(target=one.hear, args=(engine, clip("jfk.m4a"), "en")) for one in listeners]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [one.text for one in listeners] == ["One hundred and twenty-two."] * 3


def test_the_name_tells_the_model_and_no_folder(tmp_path: Path) -> None:
    assert FasterWhisperEngine(str(tmp_path / "my-model")).name == "faster-whisper:my-model"
    assert FasterWhisperEngine("Systran/faster-whisper-large-v3").name == "faster-whisper:faster-whisper-large-v3"


def test_a_broken_folder_is_the_operators_to_mend(tmp_path: Path) -> None:
    (tmp_path / "model.bin").write_bytes(b"no model")
    with pytest.raises(EngineMisconfigured, match="AI_CONSPECTS_SPEECH__WHISPER_MODEL"):
        heard(FasterWhisperEngine(str(tmp_path)))


@pytest.mark.parametrize(
    ("model", "offline", "kind", "says"),
    [
        ("small", False, EngineUnavailable, "ai-conspects models pull small"),
        ("small", True, EngineMisconfigured, "HF_HUB_OFFLINE"),
        ("no-such-size", False, EngineMisconfigured, "Known are: tiny"),
    ],
)
def test_a_model_that_is_not_here_and_cannot_come_says_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, model: str, offline: bool, kind: type[EngineError], says: str
) -> None:
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))  # read once, at the import
    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
    with pytest.raises(kind, match=says):
        heard(FasterWhisperEngine(model))
