"""The ways to ask a model server for a value of a given shape, strictest first. No network here.

Servers differ: Ollama and vLLM enforce a JSON schema, some llama.cpp builds answer it with 400, LM Studio refuses
`json_object`, others know only tools. Each rung says what a request carries and where its answer stands.
"""

import json
from enum import IntEnum
from typing import Any

from ai_conspects.engines.language_model.base import Message
from ai_conspects.engines.language_model.json_schema import JsonSchema

TOOL = "answer"


class Rung(IntEnum):
    """Strictest first; the next one is tried where a server refuses."""

    SCHEMA = 0
    TOOL = 1
    JSON_OBJECT = 2
    PROMPT = 3

    @property
    def enforced(self) -> bool:
        """Whether the server itself sees to the shape, so that the model needn't be told of it."""
        return self in {Rung.SCHEMA, Rung.TOOL}


def format_fields(rung: Rung, name: str, schema: JsonSchema) -> dict[str, Any]:
    """The fields of a chat request that ask for the shape."""
    if rung is Rung.SCHEMA:
        described = {"name": name, "strict": True, "schema": schema}
        return {"response_format": {"type": "json_schema", "json_schema": described}}
    if rung is Rung.TOOL:
        function = {"name": TOOL, "description": f"Gives the {name}.", "parameters": schema}
        choice = {"type": "function", "function": {"name": TOOL}}
        return {"tools": [{"type": "function", "function": function}], "tool_choice": choice}
    return {"response_format": {"type": "json_object"}} if rung is Rung.JSON_OBJECT else {}


def wire_messages(messages: tuple[Message, ...], told: JsonSchema | None) -> list[dict[str, str]]:
    """The messages as they are sent; `told` is a schema to be shown to the model, in the one system message.

    Many chat templates take a system message only at the start, so all of them are joined there.
    """
    system = [message.content for message in messages if message.role == "system"]
    if told is not None:
        shown = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
        system.append(f"Answer with one JSON object that fits this JSON schema, and with nothing else:\n{shown}")
    turns = [{"role": message.role, "content": message.content} for message in messages if message.role != "system"]
    return ([{"role": "system", "content": "\n\n".join(system)}] if system else []) + turns
