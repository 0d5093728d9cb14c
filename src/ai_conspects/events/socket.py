"""Events over a WebSocket: who is there is said in the first message, by subprotocol or by header, never in the URL."""

import asyncio
import json
from contextlib import suppress
from dataclasses import dataclass

from pydantic import BaseModel, ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from ai_conspects.accounts.errors import NotAuthenticated
from ai_conspects.accounts.tokens import AccessTokens
from ai_conspects.batches.schemas import ClientId
from ai_conspects.core.db import Database
from ai_conspects.events.access import admit
from ai_conspects.events.errors import EventsUnavailable, TooManyListeners
from ai_conspects.events.feed import Feed, Told
from ai_conspects.events.hub import Hub
from ai_conspects.events.listener import Ending, Listener
from ai_conspects.events.schemas import Cursor
from ai_conspects.events.sse import PATIENCE_S, as_json

SUBPROTOCOL = "ai-conspects.v1"
BEARER = "bearer."
FIRST_WORD_S = 5.0
"""How soon a client must say who it is."""

PING = '{"type":"ping"}'
UNAUTHENTICATED, SILENT, MALFORMED, UNAVAILABLE = 4401, 4408, 4400, 1013


class FirstMessage(BaseModel):
    """`{"type": "auth", "token": "…"}`; sent again later, it puts a fresh token in the place of the first."""

    type: str = "auth"
    token: str
    since: Cursor | None = None
    batch_id: ClientId | None = None


@dataclass(frozen=True)
class Asked:
    """What a client wants to hear."""

    since: str | None
    batch_id: str | None


@dataclass(frozen=True)
class Desk:
    """What a socket needs of the server."""

    hub: Hub
    database: Database
    tokens: AccessTokens
    heartbeat_s: float


class _Closed(Exception):
    """`code` and `reason` of the close frame."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code, self.reason = code, reason


async def serve(socket: WebSocket, desk: Desk, asked: Asked) -> None:
    """The whole life of a socket whose origin was checked."""
    offered = socket.scope.get("subprotocols") or []
    await socket.accept(subprotocol=SUBPROTOCOL if SUBPROTOCOL in offered else None)
    try:
        await _serve(socket, desk, asked, _early_token(socket, offered))
    except _Closed as closed:
        with suppress(RuntimeError, TimeoutError):
            async with asyncio.timeout(PATIENCE_S):
                await socket.close(closed.code, closed.reason)
    except (WebSocketDisconnect, TimeoutError):
        pass


async def _serve(socket: WebSocket, desk: Desk, asked: Asked, token: str | None) -> None:
    if token is None:
        first = await _first_message(socket)
        token = first.token
        asked = Asked(first.since or asked.since, first.batch_id or asked.batch_id)
    try:
        listener = Listener(await admit(desk.database, desk.tokens, token))
        desk.hub.join(listener)
    except NotAuthenticated as error:
        raise _Closed(UNAUTHENTICATED, error.code) from None
    except (EventsUnavailable, TooManyListeners) as error:
        raise _Closed(UNAVAILABLE, error.code) from None
    try:
        await _both_ways(socket, desk, listener, asked)
    finally:
        desk.hub.leave(listener)
    ending = listener.ending or Ending.SLOW
    raise _Closed(ending.value, ending.name.lower())


async def _both_ways(socket: WebSocket, desk: Desk, listener: Listener, asked: Asked) -> None:
    """Until one side ends."""
    telling = asyncio.ensure_future(_tell(socket, desk, listener, asked))
    listening = asyncio.ensure_future(_listen(socket, desk, listener))
    try:
        done, _ = await asyncio.wait({telling, listening}, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()
    finally:
        listener.end(Ending.LEFT)  # a cancellation may be lost: see `Hub.run`
        for task in (telling, listening):
            task.cancel()
        await asyncio.gather(telling, listening, return_exceptions=True)


async def _tell(socket: WebSocket, desk: Desk, listener: Listener, asked: Asked) -> None:
    feed = Feed(listener, desk.hub.log, since=asked.since, batch_id=asked.batch_id)
    await _send(socket, await feed.open())
    async for told in feed.events(desk.heartbeat_s):
        await _send(socket, told)


async def _send(socket: WebSocket, told: Told | None) -> None:
    """Raises `TimeoutError` for a client that doesn't read."""
    async with asyncio.timeout(PATIENCE_S):
        await socket.send_text(PING if told is None else as_json(told))


async def _listen(socket: WebSocket, desk: Desk, listener: Listener) -> None:
    """A client may only send a fresh token of the same user."""
    while True:
        message = _parsed(await socket.receive_text())
        try:
            claims = await admit(desk.database, desk.tokens, message.token)
        except NotAuthenticated as error:
            raise _Closed(UNAUTHENTICATED, error.code) from None
        if claims.user_id != listener.claims.user_id:
            raise _Closed(UNAUTHENTICATED, "another_user")
        listener.claims = claims


async def _first_message(socket: WebSocket) -> FirstMessage:
    try:
        async with asyncio.timeout(FIRST_WORD_S):
            return _parsed(await socket.receive_text())
    except TimeoutError:
        raise _Closed(SILENT, "authentication_timeout") from None


def _parsed(text: str) -> FirstMessage:
    try:
        message = FirstMessage.model_validate(json.loads(text))
    except (ValidationError, ValueError, RecursionError):
        raise _Closed(MALFORMED, "malformed_message") from None
    if message.type != "auth":
        raise _Closed(MALFORMED, "malformed_message")
    return message


def _early_token(socket: WebSocket, offered: list[str]) -> str | None:
    """A token that came with the handshake: as `bearer.<token>` among the subprotocols, or in `Authorization`."""
    for protocol in offered:
        if protocol.startswith(BEARER):
            return protocol.removeprefix(BEARER)
    scheme, _, token = socket.headers.get("authorization", "").partition(" ")
    return token.strip() or None if scheme.lower() == "bearer" else None
