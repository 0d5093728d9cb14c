"""The schema that is sent is one that strict servers take, and JSON is found in what models write."""

from typing import Any, Literal

import pytest
from pydantic import BaseModel, Field

from ai_conspects.engines.language_model.base import AnswerDraft, NoteDrafts
from ai_conspects.engines.language_model.json_schema import strict_schema
from ai_conspects.engines.language_model.json_text import json_object

ALLOWED = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "description"}


def nodes(schema: dict[str, Any]) -> list[dict[str, Any]]:
    """The schema and every schema inside it."""
    inside = [*schema.get("properties", {}).values(), *schema.get("anyOf", [])]
    inside += [schema["items"]] if "items" in schema else []
    return [schema, *(node for child in inside for node in nodes(child))]


class Limited(BaseModel):
    """Everything that strict servers refuse."""

    title: str = Field("none", min_length=1, max_length=10, pattern="^a")
    share: float = Field(ge=0, le=1)
    kind: Literal["one"]
    level: Literal["a", "b"] | None = None
    parts: list[int] = Field(max_length=3)


@pytest.mark.parametrize("output", [NoteDrafts, AnswerDraft, Limited])
def test_every_object_is_closed_and_every_field_required(output: type[BaseModel]) -> None:
    for node in nodes(strict_schema(output)):
        assert set(node) <= ALLOWED
        if node.get("type") == "object":
            assert node["required"] == list(node["properties"])
            assert node["additionalProperties"] is False


def test_an_optional_field_becomes_a_nullable_one() -> None:
    level = strict_schema(Limited)["properties"]["level"]
    assert {option["type"] for option in level["anyOf"]} == {"string", "null"}


class Loop(BaseModel):
    inner: "Loop | None"


class Mapping(BaseModel):
    by_name: dict[str, int]


class Pair(BaseModel):
    pair: tuple[int, int]


@pytest.mark.parametrize("output", [Loop, Mapping, Pair])
def test_what_no_server_enforces_is_a_mistake_of_ours(output: type[BaseModel]) -> None:
    with pytest.raises(TypeError):
        strict_schema(output)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('{"a": 1}', {"a": 1}),
        ('```json\n{"a": {"b": 2}}\n```', {"a": {"b": 2}}),
        ('For example {"x": 0}. The answer: {"a": [1, 2, 3]}', {"a": [1, 2, 3]}),
        ('<think>{"draft": "a long one that is no answer"}</think>{"a": 1}', {"a": 1}),
        ('{broken {"a": "}"}', {"a": "}"}),
        ('{"a": [1, 2,], "b": None, // why not\n "c": "x, ]", }', {"a": [1, 2], "b": None, "c": "x, ]"}),
        ('{"a": "two\nlines"}', {"a": "two\nlines"}),
        ('Thoughts {"a": 9, "b": 8}</think>{"a": 1}', {"a": 1}),
        ('{"a": [{"b": 1}, {"b": 2', {"b": 1}),
        ("[1, 2]", None),
        ("", None),
        ('{"a": ', None),
        ("{" * 100_000, None),
        ('{"a":' * 100_000, None),
    ],
)
def test_the_json_object_in_a_text_is_found(text: str, found: object) -> None:
    assert json_object(text) == found
