"""A server on a port of its own, and clients that listen to it as a phone and a web page would."""

import json
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from threading import Thread
from typing import Any
from uuid import UUID

import httpx
import uvicorn
from websockets.sync.client import ClientConnection, connect

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.events import Event, EventType, publish
from ai_conspects.events.hub import Hub
from ai_conspects.main import create_app

DEADLINE_S = 20.0


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds, with a deadline."""
    deadline = time.monotonic() + DEADLINE_S
    while not holds():
        assert time.monotonic() < deadline, "it never came to hold"
        time.sleep(0.01)


@dataclass
class Serving:
    """`url` of the API; `hub` is the server's own, to look at."""

    url: str
    parts: Parts
    hub: Hub
    number: int = 0

    def register(self) -> "Listening":
        self.number += 1
        answer = httpx.post(f"{self.url}/v1/auth/register?device_id=device-{self.number}", trust_env=False).json()
        return Listening(self, UUID(answer["user_id"]), answer["access_token"])


@dataclass
class Listening:
    """A registered user."""

    api: Serving
    user_id: UUID
    token: str

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def happens(self, *numbers: int, batch_id: str | None = "b") -> None:
        """Events of this user, told by a committed transaction as a worker tells them."""
        with self.api.parts.database.transaction(as_system="a test") as session:
            for number in numbers:
                publish(session, Event(self.user_id, EventType.RECORDING_STEP, {"number": number}, batch_id))

    @contextmanager
    def stream(self, headers: dict[str, str] | None = None, **query: str) -> Iterator["Stream"]:
        """Server-Sent Events."""
        with (
            httpx.Client(base_url=self.api.url, timeout=DEADLINE_S, trust_env=False) as client,
            client.stream("GET", "/v1/events", params=query, headers=self.headers | (headers or {})) as response,
        ):
            assert response.status_code == 200, response.read()
            yield Stream(response, response.iter_lines())

    @contextmanager
    def socket(self, *, token: str | None = None, query: str = "", **more: Any) -> Iterator[ClientConnection]:
        """A WebSocket that has said who it is."""
        with self.silent_socket(query=query) as opened:
            opened.send(json.dumps({"type": "auth", "token": token or self.token, **more}))
            yield opened

    @contextmanager
    def silent_socket(self, query: str = "", **options: Any) -> Iterator[ClientConnection]:
        url = f"{self.api.url.replace('http', 'ws')}/v1/events{query}"
        with connect(url, proxy=None, **options) as opened:
            yield opened


@dataclass
class Stream:
    """An open stream of events."""

    response: httpx.Response
    lines: Iterator[str]
    pings: int = 0
    seen: list[dict[str, Any]] = field(default_factory=list)

    def next(self) -> dict[str, Any]:
        """The next event; pings are counted."""
        told: dict[str, Any] | None = None
        for line in self.lines:
            if line.startswith(":"):
                self.pings += 1
            elif line.startswith("data: "):
                told = json.loads(line.removeprefix("data: "))
            elif not line and told:
                self.seen.append(told)
                return told
        raise EOFError

    def until(self, type: str) -> dict[str, Any]:
        """The next event of this type."""
        while (told := self.next())["type"] != type:
            pass
        return told


@contextmanager
def serving(parts: Parts) -> Iterator[Serving]:
    app = create_app(parts)
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        server = uvicorn.Server(
            uvicorn.Config(app, log_config=None, ws_max_size=65_536, timeout_graceful_shutdown=5, lifespan="on")
        )
        thread = Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        until(lambda: server.started)
        try:
            yield Serving(f"http://127.0.0.1:{listener.getsockname()[1]}", parts, app.state.events)
        finally:
            app.state.events.close()
            server.should_exit = True
            thread.join(DEADLINE_S)
