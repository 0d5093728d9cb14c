"""Errors on the wire: problem+json (RFC 9457), the same shape for whatever went wrong. Nothing private is in it."""

import json
from collections.abc import Iterable, Mapping
from math import ceil
from typing import Any

import structlog
from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from psycopg.errors import ForeignKeyViolation
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.routing import Match

from ai_conspects.core.errors import DomainError, FieldError, Unauthorized

log = structlog.get_logger()

RETRY_AFTER_S = 5.0
METHODS = ("DELETE", "GET", "HEAD", "OPTIONS", "PATCH", "POST", "PUT")

TITLES = {
    400: "Bad request", 401: "Not authenticated", 403: "Forbidden", 404: "Not found", 405: "Method not allowed",
    409: "Conflict", 412: "Precondition failed", 413: "Too large", 415: "Unsupported media type",
    416: "Range not satisfiable", 422: "Unprocessable input", 423: "Locked", 429: "Too many requests",
    460: "Checksum mismatch", 500: "Internal error", 502: "Bad gateway", 503: "Temporarily unavailable",
}  # fmt: skip


class ProblemField(BaseModel):
    """One fault of the input: where it is, and what is wrong there."""

    loc: list[str | int]
    msg: str


class Problem(BaseModel):
    """The shape of every error. `code` is a stable word for machines, `detail` a sentence for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str
    errors: list[ProblemField] | None = None


def problem(
    status: int,
    code: str,
    detail: str,
    *,
    errors: Iterable[FieldError] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """An answer in problem+json; the request id comes from the logging context, where the middleware put it."""
    body = body_of(status, code, detail) | {"request_id": structlog.contextvars.get_contextvars().get("request_id", "")}
    faults = [{"loc": list(error.loc), "msg": error.msg} for error in errors]
    if faults:
        body["errors"] = faults
    # a client's key may hold lone surrogates, which no UTF-8 has: they are shown as question marks
    content = json.dumps(body, ensure_ascii=False).encode("utf-8", "replace")
    return Response(content, status, dict(headers or {}), "application/problem+json")


def body_of(status: int, code: str, detail: str) -> dict[str, Any]:
    """A problem's fields, without the request's id."""
    title = TITLES.get(status, "Error")
    return {"type": "about:blank", "title": title, "status": status, "detail": detail, "code": code}


def word_of(title: str) -> str:
    """The code of a problem of which nothing but its title is known."""
    return title.lower().replace(" ", "_")


def retry_header(seconds: float | None) -> dict[str, str]:
    """`Retry-After` in whole seconds, if there is anything to tell."""
    return {} if seconds is None else {"Retry-After": str(max(1, ceil(seconds)))}


def from_domain(_: Request, error: Exception) -> Response:
    """A `DomainError`, as it describes itself."""
    assert isinstance(error, DomainError)  # noqa: S101 (Starlette types every handler's error as Exception)
    headers = retry_header(error.retry_after)
    if isinstance(error, Unauthorized):
        headers["WWW-Authenticate"] = error.challenge
    return problem(error.status, error.code, error.detail, errors=error.errors, headers=headers)


def from_validation(_: Request, error: Exception) -> Response:
    """Input of the wrong shape. What was sent is never repeated: it may be a secret."""
    assert isinstance(error, RequestValidationError)  # noqa: S101 (as above)
    faults = [FieldError(tuple(fault["loc"]), str(fault["msg"])) for fault in error.errors()]
    places = ", ".join(".".join(str(part) for part in fault.loc) for fault in faults[:3])
    return problem(422, "validation_error", f"The input is not valid: {places}.", errors=faults)


def from_http(request: Request, error: Exception) -> Response:
    """What Starlette and FastAPI raise themselves: no such route, wrong method, a body that is no JSON."""
    assert isinstance(error, HTTPException)  # noqa: S101 (as above)
    headers = dict(error.headers or {})
    if error.status_code == 405:
        headers["Allow"] = ", ".join(_allowed(request))
    return problem(
        error.status_code, word_of(TITLES.get(error.status_code, "Error")), str(error.detail), headers=headers
    )


def _allowed(request: Request) -> list[str]:
    """Every method that some route takes at this path: Starlette names those of one route only."""
    scopes = {method: {**request.scope, "method": method} for method in METHODS}
    routes = request.app.router.routes
    return [name for name, scope in scopes.items() if any(one.matches(scope)[0] == Match.FULL for one in routes)]


def from_database_away(_: Request, error: Exception) -> Response:
    """The database can't be reached, is too busy, or gave up on a statement: trying again may help."""
    log.warning("http.database_away", error=type(getattr(error, "orig", None) or error).__name__)
    detail = "The database doesn't answer for now. Try again in a few seconds."
    return problem(503, "database_unavailable", detail, headers=retry_header(RETRY_AFTER_S))


def from_unstorable(_: Request, error: Exception) -> Response:
    """A value that passed the schema but that the database can't hold: NUL in free JSON, a surrogate, a huge number."""
    log.warning("http.unstorable_value", error=type(getattr(error, "orig", None) or error).__name__)
    return problem(422, "validation_error", "The input holds a value that can't be stored, such as a NUL character.")


def from_integrity(_: Request, error: Exception) -> Response:
    """A row that this one hangs on was removed in between, such as the account itself. Any other is a bug of ours."""
    if not isinstance(getattr(error, "orig", None), ForeignKeyViolation):
        raise error
    return problem(409, "removed_meanwhile", "What this belongs to was removed in the meantime. Nothing was stored.")
