"""Bodies in the API's description that FastAPI doesn't know, because their routes read them themselves."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel

from ai_conspects.core.http import without_null


def body_described(models: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """For `openapi_extra=` of a route: what it takes, by media type."""
    content = {media_type: {"schema": _inlined(model)} for media_type, model in models.items()}
    for field in content.get("multipart/form-data", {"schema": {}})["schema"].get("properties", {}).values():
        without_null(field)  # a form's field is left out; there is no null in a form
    return {"requestBody": {"required": True, "content": content}}


def event_described(model: type[BaseModel]) -> dict[str, Any]:
    """The schema of one event of a stream (`text/event-stream`) whose `data:` is this model as JSON."""
    data = {"type": "string", "contentMediaType": "application/json", "contentSchema": _inlined(model)}
    properties = {"id": {"type": "string"}, "event": {"type": "string"}, "data": data}
    return {"type": "object", "properties": properties, "required": ["data"]}


def _inlined(model: type[BaseModel]) -> Any:
    schema = model.model_json_schema(ref_template="{model}")
    named = schema.pop("$defs", {})

    def inlined(part: Any) -> Any:
        if isinstance(part, list):
            return [inlined(item) for item in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return inlined(named[part["$ref"]])
        return {key: inlined(value) for key, value in part.items()}

    return inlined(schema)
