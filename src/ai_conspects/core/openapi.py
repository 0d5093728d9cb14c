"""What the API's description tells that FastAPI doesn't know: problems, and bodies that routes read themselves."""

from collections.abc import Mapping
from typing import Any, cast

from fastapi import FastAPI
from pydantic import BaseModel

from ai_conspects.core.errors import (
    BadRequest,
    Conflict,
    DomainError,
    Forbidden,
    NotFound,
    TooLarge,
    TooMany,
    Unauthorized,
    Unavailable,
    Unprocessable,
)
from ai_conspects.core.http import without_null
from ai_conspects.core.problems import TITLES, Problem, body_of, word_of

_KINDS: tuple[type[DomainError], ...] = (
    DomainError, BadRequest, Conflict, Forbidden, NotFound, TooLarge, TooMany, Unauthorized, Unavailable, Unprocessable
)  # fmt: skip
_CODES = {kind.status: kind.code for kind in _KINDS}
_HEADERS = {
    401: ("WWW-Authenticate", True, "How to say who you are (RFC 6750)."),
    429: ("Retry-After", True, "Seconds until it may be tried again."),
    503: ("Retry-After", False, "Seconds until trying again may help."),
}


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: the errors that it may answer, as the API's description shows them."""
    return {status: _documented(status) for status in statuses}


def _documented(status: int) -> dict[str, Any]:
    example = body_of(status, _CODES.get(status) or word_of(TITLES[status]), f"{TITLES[status]}: why, in a sentence.")
    if status == 422:
        example["errors"] = [{"loc": ["body", "title"], "msg": "Field required"}]
    shown = {"schema": {"$ref": "#/components/schemas/Problem"}, "example": example | {"request_id": "r-1"}}
    told: dict[str, Any] = {"description": TITLES[status], "content": {"application/problem+json": shown}}
    if status in _HEADERS:
        name, is_required, about = _HEADERS[status]
        told["headers"] = {name: {"description": about, "required": is_required, "schema": {"type": "string"}}}
    return told


def describe(app: FastAPI) -> None:
    """Make the API's description tell of problems, where FastAPI would tell of its own shape of errors."""
    made = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            described = made()
            schemas = described.setdefault("components", {}).setdefault("schemas", {})
            schemas["Problem"] = Problem.model_json_schema(ref_template="#/components/schemas/{model}")
            schemas |= schemas["Problem"].pop("$defs")
            for unused in ("HTTPValidationError", "ValidationError"):
                schemas.pop(unused, None)
            for path, calls in described["paths"].items():
                for method, operation in calls.items():
                    for parameter in operation.get("parameters", []):
                        without_null(parameter["schema"])  # it may be left out; there is no null in a URL or header
                    _complete(
                        operation["responses"], writes=method not in {"get", "head"}, is_limited="/health/" not in path
                    )
        return cast("dict[str, Any]", app.openapi_schema)

    # Starlette's way to replace it is to assign it (fastapi.tiangolo.com, "Extending OpenAPI")
    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own documented way to extend the description


def _complete(responses: dict[str, Any], *, writes: bool, is_limited: bool) -> None:
    """Add what every route may answer: a URL or JSON that is none, too many requests, a bug, a server that stops.

    And where something is written, that what it belongs to was removed meanwhile: see `problems.from_integrity`.
    """
    if "422" in responses:
        responses["422"] = documented(422)[422]
    if writes:
        responses.setdefault("409", documented(409)[409])
    for status, told in documented(400, 429, 500, 503).items():
        if status != 429 or is_limited:
            responses.setdefault(str(status), told)


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
