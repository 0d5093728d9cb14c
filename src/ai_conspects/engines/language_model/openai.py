"""Any server that speaks OpenAI's `/chat/completions`: OpenAI, Ollama, vLLM, llama.cpp, LM Studio, OpenRouter.

An answer is always checked by Pydantic; a wrong one is sent back once with its faults, then the input is rejected.
"""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Generic

from pydantic import ValidationError

from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected
from ai_conspects.engines.language_model.base import Completion, Message, T
from ai_conspects.engines.language_model.json_schema import JsonSchema, strict_schema
from ai_conspects.engines.language_model.json_text import json_object
from ai_conspects.engines.language_model.ladder import Rung, format_fields, wire_messages
from ai_conspects.engines.language_model.reply import Reply, parse_reply
from ai_conspects.engines.openai_client import Server
from ai_conspects.engines.openai_errors import REFUSED, from_status

if TYPE_CHECKING:
    import openai

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
        asked = _Asked(request, strict_schema(request.output))
        first = self._attempt(asked, request.messages, self._manner)
        if not isinstance(first, _Wrong):
            return first
        told = replace(self._manner, told=True)
        if not first.is_json:
            self._manner = told  # the server takes the schema and ignores it, as Ollama's cloud does
        second = self._attempt(asked, _corrected(request.messages, first), told)
        if not isinstance(second, _Wrong):
            return second
        said = f"The model's answer is no {request.output.__name__}, twice."
        raise EngineRejected(self.name, said, code="model_answer_invalid")

    def _attempt(self, asked: "_Asked[T]", messages: tuple[Message, ...], manner: _Manner) -> "T | _Wrong":
        """One answer, by the first manner that the server takes; that one is remembered."""
        import openai  # slow to import, and not every process talks to a model

        learnt = manner
        while True:
            body = self._body(asked, messages, learnt)
            with self._server.translated():
                try:
                    raw = self._server.read(self._server.client.chat.completions.with_streaming_response.create(**body))
                    break
                except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                    learnt = self._gentler(learnt, error)
        if learnt != manner:
            self._manner = replace(learnt, told=self._manner.told)
        reply = parse_reply(self.name, raw)
        self._notice_a_cut_prompt(messages, reply)
        return asked.understood(reply.text)

    def _gentler(self, manner: _Manner, error: "openai.APIStatusError") -> _Manner:
        """A manner without what the server has just refused. Raises the error where it is about something else."""
        meant = from_status(self.name, "LANGUAGE_MODEL", error)
        if meant.code != REFUSED:
            raise meant from None
        if error.param == manner.limit_name == "max_tokens":
            return replace(manner, limit_name="max_completion_tokens")
        if error.param == "temperature" and manner.with_temperature:
            return replace(manner, with_temperature=False)
        if manner.rung is Rung.PROMPT:
            raise meant from None
        return replace(manner, rung=Rung(manner.rung + 1))

    def _body(self, asked: "_Asked[T]", messages: tuple[Message, ...], manner: _Manner) -> dict[str, Any]:
        told = manner.told or not manner.rung.enforced
        return {
            "model": self._model,
            "messages": wire_messages(messages, asked.schema if told else None),
            manner.limit_name: asked.request.max_output_tokens,
            **({"temperature": TEMPERATURE} if manner.with_temperature else {}),
            **format_fields(manner.rung, asked.request.output.__name__, asked.schema),
        }

    def _notice_a_cut_prompt(self, messages: tuple[Message, ...], reply: Reply) -> None:
        """Ollama drops what goes beyond its context without a word. No tokenizer packs 12 bytes of prose in a token."""
        read = reply.usage.prompt_tokens if reply.usage else None
        sent_bytes = sum(len(message.content.encode()) for message in messages)
        if read is not None and 256 <= read < sent_bytes / 12:  # below 256: counts only what wasn't cached
            raise EngineMisconfigured(
                self.name,
                f"The server read only {read} tokens of a text of {sent_bytes} bytes: raise its own context length, or "
                "lower AI_CONSPECTS_LANGUAGE_MODEL__CONTEXT_TOKENS.",
            )


@dataclass(frozen=True)
class _Asked(Generic[T]):
    """A request with the schema of its answer."""

    request: Completion[T]
    schema: JsonSchema

    def understood(self, text: str) -> "T | _Wrong":
        """The value in an answer's text, or why there is none."""
        found = json_object(text)
        if found is None:
            return _Wrong(text, "It holds no JSON object.", is_json=False)
        try:
            return self.request.output.model_validate(found)
        except ValidationError as error:
            faults = [
                f"- {'.'.join(map(str, fault['loc'])) or 'the object'}: {fault['msg']}"
                for fault in error.errors(include_url=False, include_input=False, include_context=False)
            ]
            return _Wrong(text, "\n".join(faults[:20]), is_json=True)


def _corrected(messages: tuple[Message, ...], wrong: _Wrong) -> tuple[Message, ...]:
    """The request again, with the wrong answer and its faults."""
    complaint = f"That answer can't be used:\n{wrong.faults}\nGive the whole answer again, as one JSON object."
    quoted = wrong.text[:MAX_QUOTED] or "(nothing)"
    return (*messages, Message("assistant", quoted), Message("user", complaint))
