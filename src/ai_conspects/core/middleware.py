"""Around every request: its id, its one line in the log, the headers of safety, and the last net for errors.

Pure ASGI, so that bodies and streams pass untouched. It logs route templates, never paths or query strings, and of an
unforeseen error only its type and where it happened: the text may hold what a user said.
"""

import asyncio
import re
import time

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_conspects.core import metrics, tracing
from ai_conspects.core.ids import uuid7
from ai_conspects.core.in_flight import InFlight
from ai_conspects.core.logging import places
from ai_conspects.core.problems import METHODS, RETRY_AFTER_S, problem, retry_header

log = structlog.get_logger()

REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,128}")
CLIENT_GONE = 499  # nginx's word for it; logged, never sent
NUL = re.compile(rb"\x00|%00")

SAFETY = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}
"""On every answer, unless its route has set its own."""


class RequestContext:
    """The outermost layer of the application; `headers` go on every answer besides `SAFETY`."""

    def __init__(self, app: ASGIApp, in_flight: InFlight, headers: dict[str, str] | None = None) -> None:
        self.app = app
        self.in_flight = in_flight
        self.headers = Headers(SAFETY | (headers or {})).raw

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await self._serve_socket(scope, receive, send)
            return
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if REQUEST_ID.fullmatch(given) else str(uuid7())
        structlog.contextvars.clear_contextvars()
        bound = structlog.contextvars.bound_contextvars(request_id=request_id)
        with bound, self.in_flight.one(), tracing.request(headers):
            await self._serve(scope, receive, send, request_id)

    async def _serve_socket(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One line when it is over, with the code by which it was closed; no code where the client just went."""
        started = time.perf_counter()
        code: int | None = None

        async def receiving() -> Message:
            nonlocal code
            message = await receive()
            if message["type"] == "websocket.disconnect":
                code = message.get("code")
            return message

        async def sending(message: Message) -> None:
            nonlocal code
            if message["type"] == "websocket.close":
                code = message.get("code", 1000)
            await send(message)

        structlog.contextvars.clear_contextvars()
        with structlog.contextvars.bound_contextvars(request_id=str(uuid7())):
            try:
                await self.app(scope, receiving, sending)
            finally:
                log.info("socket.ended", route=template(scope), code=code, s=round(time.perf_counter() - started, 1))

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        started = time.perf_counter()
        status = 0

        async def sending(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                given = {name for name, _ in message["headers"]}
                more = [(name, value) for name, value in self.headers if name not in given]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode()), *more]
            await send(message)

        try:
            if _holds_nul(scope):
                await problem(400, "bad_request", "The URL must not contain NUL characters.")(scope, receive, sending)
            else:
                await self.app(scope, receive, sending)
        except ClientDisconnect:
            status = status or CLIENT_GONE
        except asyncio.CancelledError:  # the server stops, and this took longer than its grace
            if not status:
                await _stopping()(scope, receive, sending)
            raise
        except Exception as error:
            log.error("http.failed", error=type(error).__name__, where=places(error))
            if not status:  # else the answer is cut short, which tells the client enough
                await problem(500, "internal_error", "Something went wrong here.")(scope, receive, sending)
        finally:
            _tell(scope, status, time.perf_counter() - started)


def _stopping() -> Response:
    detail = "The server is being stopped. Nothing of this request is lost: send it again in a few seconds."
    return problem(503, "stopping", detail, headers=retry_header(RETRY_AFTER_S))


def _tell(scope: Scope, status: int, took_s: float) -> None:
    """One line in the log, and the metrics. A method that is none of HTTP's own counts as `OTHER`."""
    method, route = scope["method"], template(scope)
    log.info("http.request", method=method, route=route, status=status, ms=round(took_s * 1000, 1))
    known = method if method in METHODS else "OTHER"
    tracing.tell_request(known, route, status)
    metrics.answered(known, route, status, took_s)


def _holds_nul(scope: Scope) -> bool:
    return "\x00" in scope["path"] or NUL.search(scope["query_string"]) is not None


def template(scope: Scope) -> str:
    """The path of the route that has taken the request, its ids as names; `-` where none did."""
    # since FastAPI keeps included routers as a tree, `route` knows its path below its own router only
    effective = scope.get("fastapi", {}).get("effective_route_context") or scope.get("route")
    return getattr(effective, "path_format", None) or getattr(effective, "path", None) or "-"
