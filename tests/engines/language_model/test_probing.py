"""Each server is asked in its own way what it can do, once; what it doesn't say is taken with care."""

import pytest

from ai_conspects.engines.language_model.openai import UNKNOWN_CONTEXT, OpenAIModel
from ai_conspects.engines.language_model.probing import known_context
from tests.engines.builders import NOTES, note_request
from tests.stubs.dialects import LLAMA_CPP, LM_STUDIO, OLLAMA_CLOUD, VLLM, Pages, ollama, openrouter
from tests.stubs.openai_server import OpenAIServer, Say


def model_on(server: OpenAIServer, context_tokens: int = 0) -> OpenAIModel:
    return OpenAIModel(server.url, "a-key", "stub", context_tokens, timeout_s=5)


@pytest.mark.parametrize(
    ("pages", "context"),
    [
        (VLLM, 32_768),
        (LLAMA_CPP, 6_144),
        (LM_STUDIO, 12_288),
        (openrouter("structured_outputs"), 65_536),
        (ollama(loaded=8_192), 8_192),
        (ollama(after_loading=16_384), 16_384),
        (ollama(num_ctx=10_240), 10_240),
        (ollama(), 4_096),
        (OLLAMA_CLOUD, 131_072),
        ({}, UNKNOWN_CONTEXT),
        ({"/v1/models": b"<html>not JSON</html>", "/props": {"default_generation_settings": 5}}, UNKNOWN_CONTEXT),
        ({"/v1/models": {"data": "none"}, "/api/ps": {"models": [1]}, "/api/show": {"model_info": []}}, 4_096),
    ],
    ids=["vllm", "llama.cpp", "lm studio", "openrouter", "ollama, loaded", "ollama, to be loaded", "ollama, set",
         "ollama, silent", "ollama's cloud", "silent", "garbage", "ollama, garbage"],
)  # fmt: skip
def test_the_context_is_what_the_server_says(model_server: OpenAIServer, pages: Pages, context: int) -> None:
    model_server.pages = pages
    assert model_on(model_server).context_tokens == context


def test_a_setting_wins_over_what_the_server_says(model_server: OpenAIServer) -> None:
    model_server.pages = VLLM
    assert model_on(model_server, context_tokens=9_000).context_tokens == 9_000


def test_a_server_is_asked_once(model_server: OpenAIServer) -> None:
    model_server.pages = VLLM
    model_server.says(Say(NOTES))
    model = model_on(model_server)
    for _ in range(3):
        model.complete(note_request())
        assert model.context_tokens == 32_768
    assert model_server.probes == ["/v1/models"]


def test_a_server_that_was_away_is_not_taken_for_a_silent_one() -> None:
    model = OpenAIModel("http://127.0.0.1:9/v1", "", "stub", 0, timeout_s=5)
    assert model.context_tokens == UNKNOWN_CONTEXT
    assert model._endpoint is None


@pytest.mark.parametrize(
    ("takes", "form"),
    [
        (("structured_outputs", "tools"), "json_schema"),
        (("tools", "response_format"), "tools"),
        (("response_format", "temperature"), "json_object"),
        ((), None),
    ],
)
def test_a_server_that_lists_what_it_takes_is_asked_so_at_once(
    model_server: OpenAIServer, takes: tuple[str, ...], form: str | None
) -> None:
    model_server.pages = openrouter(*takes)
    model_server.says(Say(NOTES))
    model_on(model_server).complete(note_request())
    ((_, asked),) = model_server.requests
    assert (form == "tools") == ("tools" in asked)
    assert asked.get("response_format", {}).get("type") == (None if form == "tools" else form)
    assert ("temperature" in asked) == ("temperature" in takes)
    assert asked["max_tokens"] == 2_000


@pytest.mark.parametrize(
    ("model", "context"), [("gpt-4o-mini", 128_000), ("gpt-4-0613", 8_192), ("gpt-5.1", 128_000), ("davinci", None)]
)
def test_openais_own_models_are_known_by_name(model: str, context: int | None) -> None:
    assert known_context(model) == context
