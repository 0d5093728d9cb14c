"""How the OpenAI engine learns what a server takes, and what each fault of a server becomes."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.language_model.base import Usage
from ai_conspects.engines.language_model.openai import OpenAIModel
from tests.engines.builders import NOTES, SAID, note_request
from tests.stubs.openai_server import Answer, Fail, OpenAIServer, Raw, Say, Silence

CANARY = "Photosynthesis"


@pytest.fixture
def model(model_server: OpenAIServer) -> OpenAIModel:
    return OpenAIModel(model_server.url, "a-key", "stub", context_tokens=8_000, timeout_s=5)


def bodies(server: OpenAIServer) -> list[dict[str, Any]]:
    return [body for _, body in server.requests]


def forms(server: OpenAIServer) -> list[str]:
    return [
        "tool" if "tools" in body else body.get("response_format", {}).get("type", "text") for body in bodies(server)
    ]


def test_a_strict_schema_is_asked_for_first(model: OpenAIModel, model_server: OpenAIServer) -> None:
    model_server.says(Say(NOTES))
    assert model.complete(note_request()).model_dump() == NOTES
    asked = bodies(model_server)[0]
    assert asked["response_format"]["json_schema"]["strict"] is True
    assert asked["max_tokens"] == 4_000
    assert model_server.headers[0]["authorization"] == "Bearer a-key"
    assert [message["role"] for message in asked["messages"]] == ["system", "user"]


@pytest.mark.parametrize(
    ("refuses", "tried"),
    [
        (set(), ["json_schema"]),
        ({"json_schema"}, ["json_schema", "tool"]),
        ({"json_schema", "tools"}, ["json_schema", "tool", "json_object"]),
        ({"json_schema", "tools", "json_object"}, ["json_schema", "tool", "json_object", "text"]),
    ],
)
def test_what_a_server_refuses_is_asked_another_way_and_remembered(
    model: OpenAIModel, model_server: OpenAIServer, refuses: set[str], tried: list[str]
) -> None:
    model_server.refuses = refuses
    model_server.says(Say(NOTES))
    assert model.complete(note_request()).model_dump() == NOTES
    assert forms(model_server) == tried
    model.complete(note_request())
    assert forms(model_server) == [*tried, tried[-1]]


def test_a_model_that_only_knows_text_is_shown_the_schema(model: OpenAIModel, model_server: OpenAIServer) -> None:
    model_server.refuses = {"json_schema", "tools", "json_object"}
    text = f'<think>{{"notes": 1}}</think>Here you are:\n```json\n{json.dumps(NOTES)}\n```\nAnything else?'
    model_server.says(Say(text))
    assert model.complete(note_request()).model_dump() == NOTES
    assert '"additionalProperties":false' in bodies(model_server)[-1]["messages"][0]["content"]


@pytest.mark.parametrize(("refused", "instead"), [("max_tokens", "max_completion_tokens"), ("temperature", None)])
def test_a_parameter_that_is_refused_is_left_out(
    model: OpenAIModel, model_server: OpenAIServer, refused: str, instead: str | None
) -> None:
    model_server.refuses = {refused}
    model_server.says(Say(NOTES))
    model.complete(note_request())
    assert forms(model_server) == ["json_schema", "json_schema"]
    assert refused not in bodies(model_server)[1]
    assert instead is None or instead in bodies(model_server)[1]


def test_a_request_that_is_refused_every_way_teaches_nothing(model: OpenAIModel, model_server: OpenAIServer) -> None:
    model_server.says(*[Fail(400)] * 4, Say(NOTES))
    with pytest.raises(EngineRejected):
        model.complete(note_request())
    model.complete(note_request())
    assert forms(model_server)[-1] == "json_schema"


@pytest.mark.parametrize("wrong", ["I'd rather not say.", "", '{"notes": [{"title": 1}]}', '{"notes": ', "[]"])
def test_a_wrong_answer_is_sent_back_once_with_its_faults(
    model: OpenAIModel, model_server: OpenAIServer, wrong: str
) -> None:
    model_server.says(Say(wrong), Say(NOTES))
    assert model.complete(note_request()).model_dump() == NOTES
    again = bodies(model_server)[1]["messages"]
    assert [message["role"] for message in again] == ["system", "user", "assistant", "user"]
    assert "can't be used" in again[-1]["content"]


def test_two_wrong_answers_reject_the_input(model: OpenAIModel, model_server: OpenAIServer) -> None:
    model_server.says(Say({"notes": "none"}))
    with pytest.raises(EngineRejected) as caught:
        model.complete(note_request())
    assert caught.value.code == "model_answer_invalid"
    assert len(model_server.requests) == 2


def test_a_server_that_ignores_the_schema_is_told_it_from_then_on(
    model: OpenAIModel, model_server: OpenAIServer
) -> None:
    model_server.says(Say("Notes: light, energy."), Say(NOTES))
    model.complete(note_request())
    model.complete(note_request())
    assert len(model_server.requests) == 3
    assert "JSON schema" in bodies(model_server)[-1]["messages"][0]["content"]


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (Say("{", finish_reason="length"), "model_answer_cut"),
        (Say("", finish_reason="content_filter"), "model_refused"),
        (Say("", refusal="No."), "model_refused"),
        (Fail(400, "context_length_exceeded"), "input_too_long"),
        (Fail(400, None, None, "This model's maximum context length is 8192 tokens"), "input_too_long"),
        (Fail(413), "input_too_long"),
    ],
)
def test_what_this_model_cannot_do_is_rejected_at_once(
    model: OpenAIModel, model_server: OpenAIServer, answer: Answer, code: str
) -> None:
    model_server.says(answer)
    with pytest.raises(EngineRejected) as caught:
        model.complete(note_request())
    assert caught.value.code == code
    assert len(model_server.requests) == 1


@pytest.mark.parametrize(
    "answer",
    [
        Fail(429),
        Fail(500),
        Fail(503),
        Fail(408),
        Raw(b"<html>busy</html>", "text/html"),
        Raw(b"not json at all"),
        Raw(b'{"choices": 5}'),
        Raw(b'{"choices": [{"message": {"content": "{', promised=500),
    ],
    ids=["429", "500", "503", "408", "html", "not json", "wrong schema", "half a body"],
)
def test_a_server_that_fails_is_tried_again_later_but_not_by_the_engine(
    model: OpenAIModel, model_server: OpenAIServer, answer: Answer
) -> None:
    model_server.says(answer)
    with pytest.raises(EngineUnavailable):
        model.complete(note_request())
    assert len(model_server.requests) == 1


@pytest.mark.parametrize(
    ("header", "low", "high"),
    [
        ("17", 17, 17),
        ("1.5", 1.5, 1.5),
        ("in an hour", 3000, 3600),
        ("999999999", 86_400, 86_400),
    ],
)
def test_retry_after_is_passed_on(
    model: OpenAIModel, model_server: OpenAIServer, header: str, low: float, high: float
) -> None:
    if header == "in an hour":
        header = format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)
    model_server.says(Fail(429, headers={"Retry-After": header}))
    with pytest.raises(EngineUnavailable) as caught:
        model.complete(note_request())
    assert caught.value.retry_after is not None
    assert low <= caught.value.retry_after <= high


@pytest.mark.parametrize("header", ["soon", "-5", "nan"])
def test_a_retry_after_that_says_nothing_is_ignored(
    model: OpenAIModel, model_server: OpenAIServer, header: str
) -> None:
    model_server.says(Fail(503, headers={"Retry-After": header}))
    with pytest.raises(EngineUnavailable) as caught:
        model.complete(note_request())
    assert caught.value.retry_after is None


@pytest.mark.parametrize("answer", [Silence(), Raw(b"x" * 1000, drip_s=0.1)], ids=["silent", "dripping"])
def test_a_slow_answer_is_given_up_in_time(model_server: OpenAIServer, answer: Answer) -> None:
    model_server.says(answer)
    begun = time.monotonic()
    with pytest.raises(EngineUnavailable):
        OpenAIModel(model_server.url, "", "stub", context_tokens=8_000, timeout_s=0.5).complete(note_request())
    assert time.monotonic() - begun < 3


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(EngineUnavailable, match="AI_CONSPECTS_LANGUAGE_MODEL__BASE_URL"):
        OpenAIModel("http://127.0.0.1:9/v1", "", "stub", context_tokens=8_000, timeout_s=5).complete(note_request())


@pytest.mark.parametrize(
    ("answer", "setting"),
    [
        (Fail(401), "AI_CONSPECTS_LANGUAGE_MODEL__API_KEY"),
        (Fail(403), "AI_CONSPECTS_LANGUAGE_MODEL__API_KEY"),
        (Fail(429, "insufficient_quota"), "AI_CONSPECTS_LANGUAGE_MODEL__API_KEY"),
        (Fail(404, "model_not_found"), "AI_CONSPECTS_LANGUAGE_MODEL__MODEL"),
        (Fail(400, "model_not_found"), "AI_CONSPECTS_LANGUAGE_MODEL__MODEL"),
    ],
)
def test_what_the_operator_must_mend_is_named(
    model: OpenAIModel, model_server: OpenAIServer, answer: Answer, setting: str
) -> None:
    model_server.says(answer)
    with pytest.raises(EngineMisconfigured, match=setting):
        model.complete(note_request())


def test_a_prompt_that_the_server_cut_without_a_word_is_noticed(model: OpenAIModel, model_server: OpenAIServer) -> None:
    model_server.says(Say(NOTES, prompt_tokens=2048))
    with pytest.raises(EngineMisconfigured, match="context"):
        model.complete(note_request(SAID * 150))


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_no_word_of_the_server_or_the_request_gets_into_an_error(
    model: OpenAIModel, model_server: OpenAIServer, status: int
) -> None:
    model_server.says(Fail(status, code=f"{CANARY} turns light", message=f"Invalid input: {CANARY}"))
    with pytest.raises(EngineError) as caught:
        model.complete(note_request())
    assert CANARY not in str(caught.value)
    assert caught.value.__suppress_context__


def test_a_parameter_that_is_refused_in_words_alone_is_left_out(model: OpenAIModel, model_server: OpenAIServer) -> None:
    message = "Unsupported parameter: 'max_tokens' is not supported. Use 'max_completion_tokens' instead."
    words = Fail(400, None, None, "This model does not support temperature 0.2; only the default of 1.")
    model_server.says(Fail(400, None, None, message), words, Say(NOTES))
    model.complete(note_request())
    assert forms(model_server) == ["json_schema"] * 3
    assert "max_completion_tokens" in bodies(model_server)[-1]
    assert "temperature" not in bodies(model_server)[-1]


def test_a_server_that_knows_neither_name_of_the_limit_is_not_asked_for_ever(
    model: OpenAIModel, model_server: OpenAIServer
) -> None:
    model_server.refuses = {"max_tokens", "max_completion_tokens"}
    with pytest.raises(EngineRejected):
        model.complete(note_request())
    assert len(model_server.requests) < 8


@pytest.mark.parametrize(
    "thinking",
    [
        Say("<think>Let me see, light", finish_reason="length"),
        Say("", finish_reason="length", reasoning="Let me see, light"),
    ],
    ids=["aloud", "apart"],
)
def test_a_model_whose_thoughts_took_the_room_is_given_more(
    model: OpenAIModel, model_server: OpenAIServer, thinking: Say
) -> None:
    model_server.says(thinking, Say(NOTES))
    assert model.complete(note_request()).model_dump() == NOTES
    first, second = (body["max_tokens"] for body in bodies(model_server))
    assert second > first
    model.complete(note_request())
    assert bodies(model_server)[-1]["max_tokens"] == second


def test_thoughts_whose_beginning_the_server_hid_are_no_part_of_the_answer(
    model: OpenAIModel, model_server: OpenAIServer
) -> None:
    draft = json.dumps({"notes": [], "draft": "a longer object, which is only a thought " * 20})
    model_server.says(Say(f"First {draft}\n</think>\n{json.dumps(NOTES)}"))
    assert model.complete(note_request()).model_dump() == NOTES


def test_question_and_answer_fit_the_context_together(model: OpenAIModel, model_server: OpenAIServer) -> None:
    model_server.says(Say(NOTES))
    model.complete(note_request(SAID * 100))
    (asked,) = bodies(model_server)
    sent = sum(len(message["content"].encode()) for message in asked["messages"])
    assert asked["max_tokens"] + sent / 3 <= 8_000


def test_each_call_tells_what_it_cost_also_one_whose_answer_was_no_use(
    model: OpenAIModel, model_server: OpenAIServer
) -> None:
    costs: list[Usage] = []
    model_server.says(Say("no", prompt_tokens=210, completion_tokens=5), Say(NOTES))

    @contextmanager
    def meter(at_most: int) -> Iterator[Callable[[Usage], None]]:
        yield costs.append

    model.complete(replace(note_request(), meter=meter))
    assert costs[0] == Usage(calls=1, tokens_in=210, tokens_out=5)
    assert (costs[1].calls, costs[1].estimated_calls) == (1, 1)
    assert costs[1].tokens_in > 50


def test_the_estimate_of_tokens_learns_from_what_the_server_counts(
    model: OpenAIModel, model_server: OpenAIServer
) -> None:
    text = " ".join(SAID * 20)
    before = model.tokens(text)
    sent = sum(len(message.content) for message in note_request(SAID * 20).messages)
    model_server.says(Say(NOTES, prompt_tokens=sent // 5))
    model.complete(note_request(SAID * 20))
    assert model.tokens(text) == pytest.approx(len(text) / 5 * 1.1, rel=0.05)
    assert model.tokens(text) < before
    assert model.tokens("Градиентный спуск меняет веса. " * 20) == pytest.approx(20 * 57 / 3, rel=0.05)


def test_a_small_cut_is_noticed_once_the_ratio_is_known(model: OpenAIModel, model_server: OpenAIServer) -> None:
    whole = note_request(SAID * 40)
    sent = sum(len(message.content) for message in whole.messages)
    model_server.says(*[Say(NOTES, prompt_tokens=sent // 4)] * 3, Say(NOTES, prompt_tokens=sent // 10))
    for _ in range(3):
        model.complete(whole)
    with pytest.raises(EngineMisconfigured, match="context"):
        model.complete(whole)


def test_an_answer_under_one_key_too_many_is_understood(model: OpenAIModel, model_server: OpenAIServer) -> None:
    model_server.says(Say({"NoteDrafts": NOTES}))
    assert model.complete(note_request()).model_dump() == NOTES
    assert len(model_server.requests) == 1
