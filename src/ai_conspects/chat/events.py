"""An answer as server-sent events: `delta` … `done`, or `error`. When the client leaves, the model is told to stop."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import structlog
from pydantic import BaseModel
from starlette.concurrency import run_in_threadpool
from starlette.responses import StreamingResponse

from ai_conspects.chat.schemas import ChatResponse
from ai_conspects.chat.service import Delta
from ai_conspects.core.errors import DomainError
from ai_conspects.engines.cancelling import Cancellation
from ai_conspects.engines.errors import EngineError, EngineUnavailable

EVENT_STREAM = "text/event-stream"
LOOK_S = 0.25
"""How often it is looked whether the client is still there."""
QUIET_S = 10.0
"""After so long without a word a comment is sent, so that no proxy takes the silence for the end."""
HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}

log = structlog.get_logger()


class StreamError(BaseModel):
    """Why a stream ended without an answer; nothing of it is kept. `retry_after` is in seconds."""

    status: int
    code: str
    detail: str
    retry_after: float | None = None


def wants_events(accept: str) -> bool:
    """Whether a client that sends this `Accept` asked for events by name."""
    return any(part.split(";")[0].strip().lower() == EVENT_STREAM for part in accept.split(","))


def as_events(
    pieces: Iterator[Delta | ChatResponse], cancellation: Cancellation, gone: Callable[[], Awaitable[bool]]
) -> StreamingResponse:
    """The response. Faults that are known before the first piece were raised before this; `gone` tells that the client
    has left."""
    return StreamingResponse(_events(pieces, cancellation, gone), media_type=EVENT_STREAM, headers=HEADERS)


async def _events(
    pieces: Iterator[Delta | ChatResponse], cancellation: Cancellation, gone: Callable[[], Awaitable[bool]]
) -> AsyncIterator[str]:
    try:
        while True:
            coming = asyncio.ensure_future(run_in_threadpool(_next, pieces))
            waited_s = 0.0
            while not (await asyncio.wait([coming], timeout=LOOK_S))[0]:
                if await gone():  # nothing is sent meanwhile, so nothing else would tell
                    return
                waited_s += LOOK_S
                if waited_s >= QUIET_S:
                    waited_s = 0.0
                    yield ": still at it\n\n"
            piece = coming.result()
            if piece is None:
                return
            yield _event(piece)
    finally:
        cancellation.cancel()  # the client has left, or all has been said


def _next(pieces: Iterator[Delta | ChatResponse]) -> Delta | ChatResponse | StreamError | None:
    try:
        return next(pieces, None)
    except EngineError as error:
        log.warning("chat.stream_failed", engine=error.engine, code=error.code)
        later = error.retry_after if isinstance(error, EngineUnavailable) else None
        status = 503 if isinstance(error, EngineUnavailable) else 502
        return StreamError(status=status, code=error.code, detail=error.message, retry_after=later)
    except DomainError as error:
        return StreamError(status=error.status, code=error.code, detail=error.detail, retry_after=error.retry_after)


def _event(piece: Delta | ChatResponse | StreamError) -> str:
    if isinstance(piece, Delta):
        return f"event: delta\ndata: {json.dumps({'text': piece.text}, ensure_ascii=False)}\n\n"
    name = "error" if isinstance(piece, StreamError) else "done"
    return f"event: {name}\ndata: {piece.model_dump_json()}\n\n"
