"""Bodies in the API's description that FastAPI doesn't know, because their routes read them themselves."""

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel


def body_described(models: Mapping[str, type[BaseModel]]) -> dict[str, Any]:
    """For `openapi_extra=` of a route: what it takes, by media type."""
    content = {media_type: {"schema": _inlined(model)} for media_type, model in models.items()}
    return {"requestBody": {"required": True, "content": content}}


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
