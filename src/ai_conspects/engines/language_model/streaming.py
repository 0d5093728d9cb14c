"""The text of a model as it comes, from a server that streams `/chat/completions` as server-sent events."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from pydantic import BaseModel, Field, ValidationError

from ai_conspects.engines.cancelling import Cancellation
from ai_conspects.engines.errors import EngineRejected, EngineUnavailable
from ai_conspects.engines.openai_server import Server

DONE = "[DONE]"


class _Delta(BaseModel):
    content: str | None = None
    refusal: str | None = None


class _Choice(BaseModel):
    delta: _Delta = Field(default_factory=_Delta)
    finish_reason: str | None = None


class Counted(BaseModel):
    """The tokens of the stream so far, as its server counts them; None where it doesn't."""

    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class _Piece(BaseModel):
    """One event of the stream. The last one, or each, holds the usage; then perhaps no choice."""

    choices: list[_Choice] = Field(default_factory=list)
    usage: Counted | None = None


def pieces(
    server: Server, fields: dict[str, Any], cancellation: Cancellation, counted: Callable[[Counted], None]
) -> Iterator[str]:
    """The pieces of text; `counted` is told what the server counts. An answer that ends before its end is an error, so
    that half a sentence passes for none.

    Raises the engines' errors; `EngineRejected` with the code `model_refused` or `model_answer_cut`.
    """
    create = server.client.chat.completions.with_streaming_response.create
    finished = False
    for line in server.lines(create, fields | {"stream": True}, cancellation):
        data = line.removeprefix("data:").strip()
        if not line.startswith("data:") or not data:
            continue
        if data == DONE:
            return
        piece = _parsed(server.engine, data)
        if piece.usage is not None:
            counted(piece.usage)
        for choice in piece.choices[:1]:
            if choice.delta.refusal or choice.finish_reason == "content_filter":
                raise EngineRejected(server.engine, "The model refuses to answer this.", code="model_refused")
            if choice.delta.content:
                yield choice.delta.content
            if choice.finish_reason == "length":
                said = "The model's answer was cut at its length limit."
                raise EngineRejected(server.engine, said, code="model_answer_cut")
            finished = finished or choice.finish_reason is not None
    if not finished and not cancellation.cancelled:
        raise EngineUnavailable(server.engine, "The model server's answer broke off.")


def _parsed(engine: str, data: str) -> _Piece:
    try:
        found = json.loads(data)
        if isinstance(found, dict) and "error" in found:
            raise EngineUnavailable(engine, "The model server failed while it answered.")
        return _Piece.model_validate(found)
    except (json.JSONDecodeError, ValidationError):
        raise EngineUnavailable(engine, "The model server's stream can't be read.") from None
