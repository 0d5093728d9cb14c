"""`/events`: a user's live events, as a stream of HTTP and as a WebSocket."""

from collections.abc import AsyncIterator
from typing import Annotated, Any, cast

import redis
from fastapi import APIRouter, Depends, Header, Query, Request, Response, Security, WebSocket
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import TypeAdapter, ValidationError

from ai_conspects.accounts.dependencies import AccessTokensDep, Parts, PartsDep, bearer
from ai_conspects.accounts.tokens import Claims
from ai_conspects.batches.schemas import ClientId
from ai_conspects.core.openapi import documented, event_described
from ai_conspects.events.access import admit, check_origin
from ai_conspects.events.errors import EventsUnavailable, ForeignOrigin
from ai_conspects.events.feed import Feed, Told
from ai_conspects.events.hub import Hub
from ai_conspects.events.listener import Listener
from ai_conspects.events.schemas import Cursor, EventOut
from ai_conspects.events.socket import Asked, Desk, serve
from ai_conspects.events.sse import EventStream

router = APIRouter(prefix="/events", tags=["events"])

STREAM: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "Events as they happen; `event:` is the type, `id:` the cursor, `data:` an EventOut",
        "content": {"text/event-stream": {"schema": event_described(EventOut)}},
    }
}

Since = Annotated[Cursor | None, Query(description="Replay what came after this event.")]
OneBatch = Annotated[ClientId | None, Query(description="Only events of this batch.")]


async def listens(
    request: Request,
    parts: PartsDep,
    tokens: AccessTokensDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> Claims:
    """Who listens. Raises `ForeignOrigin`, `NotAuthenticated`."""
    check_origin(request.headers, parts.settings.events.origins)
    return await admit(parts.database, tokens, credentials.credentials if credentials else None)


Listens = Annotated[Claims, Depends(listens)]


@router.get("", response_class=Response, responses=STREAM | documented(401, 403, 422, 503))
async def stream(
    request: Request,
    claims: Listens,
    parts: PartsDep,
    since: Since = None,
    batch_id: OneBatch = None,
    last_event_id: Annotated[Cursor | None, Header(description="As `since`; what browsers send by themselves.")] = None,
) -> Response:
    """A user's events, live (Server-Sent Events). It ends with the token: refresh it, and go on from the last id."""
    hub, listener = _hub(request), Listener(claims)
    hub.join(listener)
    feed = Feed(listener, hub.log, since=last_event_id or since, batch_id=batch_id)
    try:
        first = await feed.open()
    except BaseException as error:
        hub.leave(listener)
        if isinstance(error, redis.RedisError):
            raise EventsUnavailable from None
        raise
    events = _told(first, feed, parts.settings.events.heartbeat_s)
    return EventStream(events, on_end=lambda: hub.leave(listener))


@router.websocket("")
async def socket(socket: WebSocket) -> None:
    """The same events as JSON messages. The first message says who listens: `{"type": "auth", "token": "…"}`."""
    parts = cast("Parts", socket.app.state.parts)
    try:
        check_origin(socket.headers, parts.settings.events.origins)
        asked = Asked(_asked(Cursor, socket, "since"), _asked(ClientId, socket, "batch_id"))
        desk = Desk(_hub(socket), parts.database, socket.app.state.access_tokens, parts.settings.events.heartbeat_s)
    except (ForeignOrigin, ValidationError, EventsUnavailable):
        await socket.close()  # before it was accepted: the handshake is answered by 403
        return
    await serve(socket, desk, asked)


async def _told(first: Told, feed: Feed, heartbeat_s: float) -> AsyncIterator[Told | None]:
    yield first
    async for told in feed.events(heartbeat_s):
        yield told


def _asked(kind: Any, socket: WebSocket, name: str) -> str | None:
    given = socket.query_params.get(name)
    return None if given is None else str(TypeAdapter(kind).validate_python(given))


def _hub(request: Request | WebSocket) -> Hub:
    hub: Hub | None = request.app.state.events
    if hub is None:
        raise EventsUnavailable
    return hub
