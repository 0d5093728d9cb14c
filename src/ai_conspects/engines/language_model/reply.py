"""A chat completion as it stands on the wire: the few fields that are read, and what they mean. No network here."""

import json
from typing import Any

from pydantic import AliasPath, BaseModel, Field, ValidationError

from ai_conspects.engines.errors import EngineRejected, EngineUnavailable
from ai_conspects.engines.language_model.json_text import has_thoughts


def _first(*path: str | int) -> Any:
    """A field of the first choice; None where the server leaves it out."""
    return Field(None, validation_alias=AliasPath("choices", 0, *path))


def _usage(*path: str) -> Any:
    return Field(None, validation_alias=AliasPath("usage", *path))


class _Choice(BaseModel):
    message: dict[str, Any]


class Reply(BaseModel):
    """The body of a `/chat/completions` answer. `arguments` of a tool call are JSON in a string, or an object.

    Thoughts stand in a field of their own (vLLM, llama.cpp, DeepSeek: `reasoning_content`; OpenRouter, Ollama:
    `reasoning`) or in the text; OpenAI only counts them.
    """

    choices: list[_Choice]
    content: str | None = _first("message", "content")
    refusal: str | None = _first("message", "refusal")
    arguments: str | dict[str, Any] | None = _first("message", "tool_calls", 0, "function", "arguments")
    reasoning_content: str | None = _first("message", "reasoning_content")
    reasoning: str | None = _first("message", "reasoning")
    finish_reason: str | None = _first("finish_reason")
    prompt_tokens: int | None = _usage("prompt_tokens")
    completion_tokens: int | None = _usage("completion_tokens")
    reasoning_tokens: int | None = _usage("completion_tokens_details", "reasoning_tokens")

    @property
    def text(self) -> str:
        """What the model wrote, empty where it wrote nothing; with a tool call, the call's arguments."""
        if isinstance(self.arguments, dict):
            return json.dumps(self.arguments, ensure_ascii=False)
        return self.arguments or self.content or ""

    @property
    def thought(self) -> bool:
        """Whether the model thought before it answered."""
        apart = self.reasoning_content or self.reasoning or self.reasoning_tokens
        return bool(apart) or has_thoughts(self.content or "")


def parse_reply(engine: str, body: bytes) -> Reply:
    """The reply in a body. Raises `EngineUnavailable` for a body that is none."""
    try:
        return Reply.model_validate_json(body)
    except ValidationError:
        said = "The server's answer is no chat completion; see AI_CONSPECTS_LANGUAGE_MODEL__BASE_URL if it stays so."
        raise EngineUnavailable(engine, said) from None


def checked(engine: str, reply: Reply) -> None:
    """Raises `EngineRejected` for a refusal or an answer that was cut."""
    if reply.refusal or reply.finish_reason == "content_filter":
        raise EngineRejected(engine, "The model refuses to answer this.", code="model_refused")
    if reply.finish_reason == "length":
        raise EngineRejected(engine, "The model's answer was cut at its length limit.", code="model_answer_cut")
