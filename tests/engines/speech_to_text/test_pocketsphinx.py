"""The offline engine: rough English with times and doubts, silence as silence, and a clear no to other languages."""

import re

import pytest

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.pocketsphinx import PocketSphinxEngine
from tests.data import test_data
from tests.engines.speech_to_text.recordings import Listener, clip, decoded, noise, quiet, recording


@pytest.fixture(scope="module")
def engine() -> PocketSphinxEngine:
    return PocketSphinxEngine()


@pytest.fixture(scope="module")
def kennedy(engine: PocketSphinxEngine) -> Listener:
    listener = Listener()
    info = listener.hear(engine, clip("jfk.m4a"), "en")
    assert info.language == "en"
    assert info.notice is not None
    assert "OPENAI_API_KEY" in info.notice
    return listener


def test_it_hears_most_of_a_famous_sentence(kennedy: Listener) -> None:
    said = {"and", "my", "fellow", "americans", "not", "what", "your", "country", "can", "do", "for", "you"}
    assert len(said & set(kennedy.text.split())) >= len(said) / 2


def test_segments_and_words_come_in_order_with_times_and_doubts(kennedy: Listener) -> None:
    words = [word for segment in kennedy.segments for word in segment.words]
    assert kennedy.text == " ".join(word.text for word in words)
    assert [word.start_s for word in words] == sorted(word.start_s for word in words)
    assert all(0 <= word.start_s < word.end_s <= 11.1 for word in words)
    assert len({word.confidence for word in words}) > len(words) / 2
    assert all(word.confidence is not None and 0 <= word.confidence <= 1 for word in words)
    assert all(segment.confidence is not None and 0 < segment.confidence < 1 for segment in kennedy.segments)


def test_words_are_words_and_not_marks_of_the_decoder(kennedy: Listener) -> None:
    assert re.fullmatch(r"[a-z' .-]+", kennedy.text)


def test_progress_goes_to_the_end_and_never_past_what_was_told(kennedy: Listener) -> None:
    assert kennedy.progress == sorted(kennedy.progress)
    assert kennedy.progress[-1] == pytest.approx(11.0, abs=0.05)


def test_it_goes_on_from_a_checkpoint_to_the_same_words(engine: PocketSphinxEngine, kennedy: Listener) -> None:
    first, *rest = kennedy.segments
    assert rest
    checkpoint = max(second for second in kennedy.progress if first.end_s <= second <= rest[0].start_s)
    again = Listener()
    again.hear(engine, clip("jfk.m4a"), "en", since_s=checkpoint)
    assert again.segments[-1].end_s == pytest.approx(rest[-1].end_s, abs=0.3)
    assert again.segments[0].start_s >= checkpoint


def test_silence_and_noise_say_nothing(engine: PocketSphinxEngine) -> None:
    listener = Listener()
    listener.hear(engine, recording(quiet(3), noise(3)), "en")
    assert listener.segments == []
    assert listener.progress[-1] == 6


@pytest.mark.parametrize("name", ["silence.wav", "noise.wav"])
def test_real_silence_and_noise_say_nothing(engine: PocketSphinxEngine, name: str) -> None:
    listener = Listener()
    listener.hear(engine, decoded(test_data() / "audio" / name), "en-US")
    assert listener.segments == []


@pytest.mark.parametrize("language", ["ru", "uk-UA", "de", None])
def test_a_language_it_cannot_do_is_refused_naming_what_can(engine: PocketSphinxEngine, language: str | None) -> None:
    with pytest.raises(EngineRejected) as refused:
        Listener().hear(engine, recording(quiet(1)), language)
    assert refused.value.code == "language_unsupported"
    for setting in ("AI_CONSPECTS_SPEECH__ENGINE", "OPENAI_API_KEY", "AI_CONSPECTS_SPEECH__BASE_URL"):
        assert setting in refused.value.message
    assert (language or "which language") in refused.value.message
