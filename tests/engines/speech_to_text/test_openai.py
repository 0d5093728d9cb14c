"""The engine for OpenAI-compatible servers, against one that speaks the protocol and decodes what it is sent."""

import json
import math
from collections.abc import Iterator

import pytest

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.speech_to_text.base import Vocabulary
from ai_conspects.engines.speech_to_text.openai import OpenAITranscription
from tests.engines.speech_to_text.recordings import Listener, noise, quiet, recording, voice
from tests.stubs.openai_audio import SpeechServer, heard, speech_server, verbose
from tests.stubs.openai_server import Fail, Raw, Silence

SPEECH = recording(quiet(5), voice(2), quiet(1), voice(2), quiet(3))
START_S = 5 - 0.36


@pytest.fixture
def server() -> Iterator[SpeechServer]:
    with speech_server() as running:
        yield running


@pytest.fixture
def engine(server: SpeechServer) -> OpenAITranscription:
    return OpenAITranscription(server.url, "sk-test", "whisper-1", timeout_s=20)


@pytest.fixture
def listener() -> Listener:
    return Listener()


def test_times_are_those_of_the_recording(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    words = [{"word": " Hello", "start": 0.5, "end": 1.0}, {"word": "there", "start": 3.5, "end": 4.0}]
    server.says(verbose(heard(" Hello", 0.4, 1.2), heard(" there.", 3.4, 99), words=words))
    listener.hear(engine, SPEECH, "en")
    first, second = listener.segments
    assert (first.text, [word.text for word in first.words]) == ("Hello", ["Hello"])
    assert first.start_s == pytest.approx(START_S + 0.4, abs=0.05)
    assert first.words[0].start_s == pytest.approx(START_S + 0.5, abs=0.05)
    assert [word.text for word in second.words] == ["there"]
    assert second.end_s <= 13
    assert listener.progress[-1] == 13


def test_the_request_asks_for_words_and_says_the_language(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    server.says(verbose())
    listener.hear(engine, SPEECH, "ru-RU")
    [asked] = server.asked
    assert asked.path == "/v1/audio/transcriptions"
    assert asked.authorization == "Bearer sk-test"
    assert asked.fields["language"] == ["ru"]
    assert asked.fields["response_format"] == ["verbose_json"]
    assert sorted(asked.fields["timestamp_granularities[]"]) == ["segment", "word"]
    assert asked.audio_s == pytest.approx(5.7, abs=0.1)  # from the first speech to the last, with a little around it


def test_the_vocabulary_goes_along_as_the_prompt(server: SpeechServer, engine: OpenAITranscription) -> None:
    server.says(verbose())
    for vocabulary in (Vocabulary(("Gödel", "Tarski"), "On logic."), Vocabulary(("Gödel",)), Vocabulary(), None):
        engine.transcribe(
            SPEECH,
            language="en",
            since_s=0,
            on_segment=lambda _: None,
            on_progress=lambda _: None,
            vocabulary=vocabulary,
        )
    told = [asked.fields.get("prompt") for asked in server.asked]
    assert told == [["On logic. Gödel, Tarski"], ["Gödel"], None, None]


def test_confidence_is_the_probability_of_the_tokens_and_doubts_are_flagged(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    sure, empty = heard("Yes.", 0, 1, avg_logprob=-0.1), heard("Thank you.", 1, 2, no_speech_prob=0.9)
    server.says(verbose(sure, empty, heard("la la la", 2, 3, compression_ratio=3.0), heard("  ", 3, 4)))
    listener.hear(engine, SPEECH, "en")
    assert listener.segments[0].confidence == pytest.approx(math.exp(-0.1))
    assert [segment.flags for segment in listener.segments] == [(), ("no_speech",), ("repetitive",)]


def test_a_server_without_figures_gives_no_confidence(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    server.says({"text": "Hi", "language": "en", "segments": [{"start": 0, "end": 1, "text": "Hi"}]})
    listener.hear(engine, SPEECH, "en")
    assert (listener.segments[0].confidence, listener.segments[0].flags) == (None, ())


@pytest.mark.parametrize(("said", "tag"), [("russian", "ru"), ("Haitian Creole", "ht"), ("de", "de"), ("??", "und")])
def test_the_language_it_detects_becomes_a_tag(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener, said: str, tag: str
) -> None:
    server.says(verbose(heard("…"), language=said))
    assert listener.hear(engine, SPEECH, None).language == tag
    assert "language" not in server.asked[0].fields


def test_a_recording_in_which_nobody_speaks_is_never_sent(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    info = listener.hear(engine, recording(quiet(30), noise(30)), None)
    assert (server.asked, listener.segments, info.language) == ([], [], "und")
    assert listener.progress[-1] == 60


def test_a_long_recording_goes_in_windows_cut_in_silence_and_a_long_silence_stays_here(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    sentence = (voice(8), quiet(1))
    server.says(verbose(heard("One.", 0, 1)), verbose(heard("Two.", 0, 1)), verbose(heard("Three.", 0, 1)))
    listener.hear(engine, recording(*sentence * 70, quiet(60), *sentence * 2), "en")
    first, second, third = (asked.audio_s for asked in server.asked)
    assert 540 < first <= 600
    assert first + second == pytest.approx(70 * 9, abs=2)
    assert third == pytest.approx(18, abs=1)
    starts = [segment.start_s for segment in listener.segments]
    assert starts == [0, pytest.approx(first, abs=1), pytest.approx(70 * 9 + 60 - 0.36, abs=0.5)]
    assert all(asked.file_bytes < 20_000_000 for asked in server.asked)
    assert listener.progress == sorted(listener.progress)


def test_a_checkpoint_begins_where_it_says(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    server.says(verbose(heard("Second.", 0, 1)))
    listener.hear(engine, SPEECH, "en", since_s=7.5)
    assert server.asked[0].audio_s < 3
    assert listener.segments[0].start_s == pytest.approx(7.64, abs=0.1)


def test_a_server_without_word_times_is_asked_for_segments_and_it_is_remembered(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    server.refuses.add("timestamp_granularities[]")
    server.says(verbose(heard("Hi")))
    listener.hear(engine, SPEECH, "en")
    listener.hear(engine, SPEECH, "en")
    assert [segment.text for segment in listener.segments] == ["Hi", "Hi"]
    assert ["timestamp_granularities[]" in asked.fields for asked in server.asked] == [True, False, False]


@pytest.mark.parametrize("as_fastapi", [False, True])
def test_a_server_that_takes_no_prompt_is_asked_again_without_it_once(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener, as_fastapi: bool
) -> None:
    server.refuses.add("prompt")
    server.refuses_as_fastapi = as_fastapi
    server.says(verbose(heard("Hi")))
    for _ in range(2):
        listener.hear(engine, SPEECH, "en", vocabulary=Vocabulary(("Gödel",)))
    assert [segment.text for segment in listener.segments] == ["Hi", "Hi"]
    assert ["prompt" in asked.fields for asked in server.asked] == [True, False, False]
    assert all("timestamp_granularities[]" in asked.fields for asked in server.asked)


def test_a_refusal_that_names_nothing_costs_the_prompt_first_and_then_the_times(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    server.says(Fail(422), Fail(422), Fail(422), verbose(heard("Hi")))
    listener.hear(engine, SPEECH, "en", vocabulary=Vocabulary(("Gödel",)))
    asked = [("prompt" in one.fields, one.fields["response_format"]) for one in server.asked]
    assert asked == [
        (True, ["verbose_json"]),
        (False, ["verbose_json"]),
        (False, ["verbose_json"]),
        (False, ["json"]),
    ]
    assert listener.text == "Hi"


@pytest.mark.parametrize("model", ["gpt-4o-transcribe", "gpt-4o-mini-transcribe-2025-12-15", "openai/gpt-transcribe"])
def test_a_model_that_tells_no_times_is_never_asked_for_them(
    server: SpeechServer, listener: Listener, model: str
) -> None:
    server.refuses.update({"verbose_json", "timestamp_granularities[]"})
    server.says(verbose(heard("Some words")))
    listener.hear(OpenAITranscription(server.url, "", model), recording(*(voice(8), quiet(1)) * 10), "en")
    assert {tuple(asked.fields["response_format"]) for asked in server.asked} == {("json",)}
    assert all(asked.audio_s <= 60 for asked in server.asked)
    assert [segment.text for segment in listener.segments] == ["Some words"] * len(server.asked)


def test_the_model_that_tells_who_speaks_is_asked_in_its_own_way(server: SpeechServer, listener: Listener) -> None:
    said = {"type": "transcript.text.segment", "id": "s1", "start": 0.5, "end": 1.5, "text": " Hi.", "speaker": "A"}
    server.refuses.add("prompt")
    server.says({"text": "Hi.", "segments": [said]})
    engine = OpenAITranscription(server.url, "", "gpt-4o-transcribe-diarize")
    listener.hear(engine, SPEECH, "en", vocabulary=Vocabulary(("Gödel",)))
    [asked] = server.asked
    assert (asked.fields["response_format"], asked.fields["chunking_strategy"]) == (["diarized_json"], ["auto"])
    [segment] = listener.segments
    assert (segment.text, segment.speaker) == ("Hi.", None)
    assert segment.start_s == pytest.approx(START_S + 0.5, abs=0.05)


def test_what_is_too_large_for_the_server_goes_there_in_shorter_windows(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    server.most_bytes = 3_000_000
    server.says(verbose(heard("Part.", 0, 1)))
    long = recording(*(voice(8) + noise(8) // 8, quiet(1)) * 30)
    for _ in range(2):
        listener.hear(engine, long, "en")
    assert [asked.file_bytes > server.most_bytes for asked in server.asked].count(True) == 1
    heard_s = sum(asked.audio_s for asked in server.asked if asked.file_bytes <= server.most_bytes)
    assert heard_s == pytest.approx(2 * 270, abs=20)
    assert len(listener.segments) == len(server.asked) - 1


def test_a_server_that_knows_no_times_gets_short_windows_which_are_the_times(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    server.refuses.add("verbose_json")
    server.says(verbose(heard("Some words")))
    listener.hear(engine, recording(*(voice(8), quiet(1)) * 20), "en")
    lengths = [asked.audio_s for asked in server.asked if asked.fields["response_format"] == ["json"]]
    assert max(lengths) <= 60
    assert sum(lengths) == pytest.approx(180, abs=5)
    assert all(segment.end_s - segment.start_s <= 60 and segment.confidence is None for segment in listener.segments)


@pytest.mark.parametrize(
    ("answer", "kind", "code"),
    [
        (Fail(429, "rate_limit_exceeded", headers={"Retry-After": "7"}), EngineUnavailable, "engine_unavailable"),
        (Fail(500), EngineUnavailable, "engine_unavailable"),
        (Fail(503), EngineUnavailable, "engine_unavailable"),
        (Raw(b"<html>"), EngineUnavailable, "engine_unavailable"),
        (Fail(401, "invalid_api_key"), EngineMisconfigured, "engine_misconfigured"),
        (Fail(403), EngineMisconfigured, "engine_misconfigured"),
        (Fail(404, "model_not_found"), EngineMisconfigured, "engine_misconfigured"),
        (Fail(413), EngineRejected, "input_too_long"),
        (Fail(400), EngineRejected, "request_refused"),
    ],
)
def test_what_the_server_refuses_becomes_the_right_error(
    server: SpeechServer,
    engine: OpenAITranscription,
    listener: Listener,
    answer: Fail,
    kind: type[EngineError],
    code: str,
) -> None:
    server.says(answer)
    with pytest.raises(kind) as raised:
        listener.hear(engine, SPEECH, "en")
    assert raised.value.code == code
    if isinstance(raised.value, EngineUnavailable) and isinstance(answer, Fail) and answer.headers:
        assert raised.value.retry_after == 7
    assert listener.segments == []


def test_half_a_surrogate_pair_in_a_servers_text_becomes_a_question_mark(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    server.says(Raw(json.dumps(verbose(heard("Hi \ud83d there"))).encode()))
    listener.hear(engine, SPEECH, "en")
    assert listener.text == "Hi ? there"


def test_a_server_that_never_answers_is_away_for_now(server: SpeechServer, listener: Listener) -> None:
    server.says(Silence())
    with pytest.raises(EngineUnavailable):
        listener.hear(OpenAITranscription(server.url, "", "m", timeout_s=0.5), SPEECH, "en")
    assert len(server.asked) == 1  # the SDK doesn't retry by itself


def test_a_server_that_is_not_there_is_away_for_now(listener: Listener) -> None:
    with pytest.raises(EngineUnavailable, match="AI_CONSPECTS_SPEECH__BASE_URL"):
        listener.hear(OpenAITranscription("http://127.0.0.1:9/v1", "", "m", timeout_s=5), SPEECH, "en")


def test_a_refusal_of_one_window_does_not_spoil_how_the_next_is_asked(
    server: SpeechServer, engine: OpenAITranscription, listener: Listener
) -> None:
    server.says(Fail(400), Fail(400), Fail(400), verbose(heard("Hi")))
    with pytest.raises(EngineRejected):
        listener.hear(engine, SPEECH, "en")
    listener.hear(engine, SPEECH, "en")
    assert server.asked[-1].fields["response_format"] == ["verbose_json"]
    assert listener.segments[0].confidence is not None
