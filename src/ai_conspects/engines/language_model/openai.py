"""Any server that speaks OpenAI's `/chat/completions`: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter.

An answer is always checked by Pydantic; a wrong one is sent back once with its faults, then the input is rejected.
"""

from dataclasses import dataclass, replace
from typing import Any

from pydantic import ValidationError

from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected
from ai_conspects.engines.language_model.base import Completion, Message, T
from ai_conspects.engines.language_model.json_schema import strict_schema
from ai_conspects.engines.language_model.json_text import json_object
from ai_conspects.engines.language_model.ladder import Rung, format_fields, wire_messages
from ai_conspects.engines.language_model.reply import Reply, parse_reply
from ai_conspects.engines.openai_server import RequestRefused, Server

TEMPERATURE = 0.2
MAX_QUOTED = 4_000
"""Characters of a wrong answer that are shown to the model again."""


@dataclass(frozen=True)
class _Manner:
    """How this server wants to be asked, as learnt so far. `told`: the model is shown the schema as well."""

    rung: Rung
    limit_name: str
    with_temperature: bool = True
    told: bool = False


@dataclass(frozen=True)
class _Wrong:
    """An answer that can't be used, and why, in words for the model."""

    text: str
    faults: str
    is_json: bool


class OpenAIModel:
    """A `LanguageModel` on an OpenAI-compatible server. An empty `base_url` means OpenAI's own.

    What a server refuses is learnt once and remembered for the life of the object. Safe to share between threads.
    """

    def __init__(self, base_url: str, api_key: str, model: str, context_tokens: int, timeout_s: float) -> None:
        self.name = f"openai:{model}"
        self.context_tokens = context_tokens
        self._model = model
        self._server = Server(self.name, "LANGUAGE_MODEL", base_url, api_key, timeout_s)
        limit_name = "max_completion_tokens" if self._server.is_openai else "max_tokens"
        self._manner = _Manner(Rung.SCHEMA, limit_name)

    def complete(self, request: Completion[T]) -> T:
        """The answer as a `T`.

        Raises, besides what the server's errors mean, `EngineRejected` with the code `model_answer_invalid`,
        `model_answer_cut` or `model_refused`.
        """
        first = self._attempt(request, self._manner)
        if not isinstance(first, _Wrong):
            return first
        told = replace(self._manner, told=True)
        if not first.is_json:
            self._manner = told  # the server takes the schema and ignores it, as Ollama's cloud does
        second = self._attempt(_corrected(request, first), told)
        if not isinstance(second, _Wrong):
            return second
        said = f"The model's answer is no {request.output.__name__}, twice."
        raise EngineRejected(self.name, said, code="model_answer_invalid")

    def _attempt(self, request: Completion[T], manner: _Manner) -> T | _Wrong:
        """One answer, by the first manner that the server takes; that one is remembered."""
        create = self._server.client.chat.completions.with_streaming_response.create
        learnt = manner
        while True:
            try:
                raw = self._server.ask(create, self._body(request, learnt))
                break
            except RequestRefused as refusal:
                learnt = _gentler(learnt, refusal)
        if learnt != manner:
            self._manner = replace(learnt, told=self._manner.told)
        reply = parse_reply(self.name, raw)
        self._notice_a_cut_prompt(request.messages, reply)
        return _understood(reply.text, request.output)

    def _body(self, request: Completion[T], manner: _Manner) -> dict[str, Any]:
        schema, told = strict_schema(request.output), manner.told or not manner.rung.enforced
        return {
            "model": self._model,
            "messages": wire_messages(request.messages, schema if told else None),
            manner.limit_name: request.max_output_tokens,
            **({"temperature": TEMPERATURE} if manner.with_temperature else {}),
            **format_fields(manner.rung, request.output.__name__, schema),
        }

    def _notice_a_cut_prompt(self, messages: tuple[Message, ...], reply: Reply) -> None:
        """Ollama drops what goes beyond its context without a word. No tokenizer packs 12 bytes of prose in a token."""
        read = reply.prompt_tokens
        sent_bytes = sum(len(message.content.encode()) for message in messages)
        if read is not None and 256 <= read < sent_bytes / 12:  # below 256: counts only what wasn't cached
            raise EngineMisconfigured(
                self.name,
                f"The server read only {read} tokens of a text of {sent_bytes} bytes: raise its own context length, or "
                "lower AI_CONSPECTS_LANGUAGE_MODEL__CONTEXT_TOKENS.",
            )


def _gentler(manner: _Manner, refusal: RequestRefused) -> _Manner:
    """A manner without what the server has just refused. Raises the refusal where nothing is left to do without."""
    if refusal.param == manner.limit_name == "max_tokens":
        return replace(manner, limit_name="max_completion_tokens")
    if refusal.param == "temperature" and manner.with_temperature:
        return replace(manner, with_temperature=False)
    if manner.rung is Rung.PROMPT:
        raise refusal
    return replace(manner, rung=Rung(manner.rung + 1))


def _understood(text: str, output: type[T]) -> T | _Wrong:
    """The value in an answer's text, or why there is none."""
    found = json_object(text)
    if found is None:
        return _Wrong(text, "It holds no JSON object.", is_json=False)
    try:
        return output.model_validate(found)
    except ValidationError as error:
        faults = [
            f"- {'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}"
            for fault in error.errors(include_url=False, include_input=False, include_context=False)
        ]
        return _Wrong(text, "\n".join(faults[:20]), is_json=True)


def _corrected(request: Completion[T], wrong: _Wrong) -> Completion[T]:
    """The request again, with the wrong answer and its faults."""
    complaint = f"That answer can't be used:\n{wrong.faults}\nGive the whole answer again, as one JSON object."
    quoted = wrong.text[:MAX_QUOTED] or "(nothing)"
    return replace(request, messages=(*request.messages, Message("assistant", quoted), Message("user", complaint)))
