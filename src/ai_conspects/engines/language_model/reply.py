"""A chat completion as it stands on the wire: the few fields that are read, and what they mean. No network here."""

import json
from typing import Any

from pydantic import BaseModel, ValidationError

from ai_conspects.engines.errors import EngineRejected, EngineUnavailable


class Function(BaseModel):
    """A tool call's name and its arguments, JSON in a string; some servers send the object itself."""

    name: str = ""
    arguments: str | dict[str, Any] = ""


class ToolCall(BaseModel):
    """One call of a tool."""

    function: Function


class Answer(BaseModel):
    """What the model wrote: a text, or calls of a tool, or its refusal."""

    content: str | None = None
    refusal: str | None = None
    tool_calls: list[ToolCall] | None = None

    @property
    def text(self) -> str:
        """The answer's text; with a tool call, the call's arguments."""
        if self.tool_calls:
            arguments = self.tool_calls[0].function.arguments
            return arguments if isinstance(arguments, str) else json.dumps(arguments, ensure_ascii=False)
        return self.content or ""


class Choice(BaseModel):
    """An answer and why it ended."""

    message: Answer
    finish_reason: str | None = None


class Usage(BaseModel):
    """Tokens, as the server counts them."""

    prompt_tokens: int | None = None


class Reply(BaseModel):
    """The body of a `/chat/completions` answer."""

    choices: list[Choice]
    usage: Usage | None = None

    @property
    def text(self) -> str:
        """What the model wrote, empty where it wrote nothing."""
        return self.choices[0].message.text if self.choices else ""


def parse_reply(engine: str, body: bytes) -> Reply:
    """The reply in a body.

    Raises `EngineUnavailable` for a body that is none, and `EngineRejected` for a refusal or an answer that was cut.
    """
    try:
        reply = Reply.model_validate_json(body)
    except ValidationError:
        said = "The server's answer is no chat completion; see AI_CONSPECTS_LANGUAGE_MODEL__BASE_URL if it stays so."
        raise EngineUnavailable(engine, said) from None
    for choice in reply.choices[:1]:
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise EngineRejected(engine, "The model refuses to answer this.", code="model_refused")
        if choice.finish_reason == "length":
            raise EngineRejected(engine, "The model's answer was cut at its length limit.", code="model_answer_cut")
    return reply
