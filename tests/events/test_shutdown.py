"""A server that is asked to end sends its listeners away at once: they would keep it waiting for ever."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from secrets import token_urlsafe
from uuid import UUID, uuid4

import httpx
from starlette.types import Message

from ai_conspects.accounts.tokens import Claims
from ai_conspects.core.event_stream import START, Entry
from ai_conspects.embedded.listening import free_port
from ai_conspects.embedded.services import answers
from ai_conspects.events.feed import Feed
from ai_conspects.events.hub import Hub
from ai_conspects.events.listener import Listener
from ai_conspects.events.sse import EventStream
from tests.events.listening import until


def test_sigterm_ends_streams_and_the_process_soon(
    database_url: str, redis_url: str, broker_url: str, tmp_path: Path
) -> None:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("AI_CONSPECTS_")},
        "DATABASE_URL": database_url,
        "REDIS_URL": redis_url,
        "CELERY_BROKER_URL": broker_url,
        "JWT_SECRET_KEY": token_urlsafe(32),
        "AI_CONSPECTS_HOME": str(tmp_path),
    }
    port = free_port("127.0.0.1", 0)
    url = f"http://127.0.0.1:{port}"
    command = [sys.executable, "-m", "uvicorn", "--factory", "ai_conspects.main:create_app", "--port", str(port)]
    with (tmp_path / "log").open("wb") as log, subprocess.Popen(command, env=env, stdout=log, stderr=log) as process:
        try:
            until(lambda: answers(f"{url}/v1/health/live"))
            with httpx.Client(base_url=url, trust_env=False, timeout=20) as client:
                token = client.post("/v1/auth/register?device_id=d").json()["access_token"]
                headers = {"Authorization": f"Bearer {token}"}
                with client.stream("GET", "/v1/events", headers=headers) as stream:
                    lines = stream.iter_lines()
                    assert next(lines).startswith("id: ")
                    asked_at = time.monotonic()
                    process.send_signal(signal.SIGTERM)
                    assert [line for line in lines if line.startswith("event: ")] == ["event: hello"]
            assert process.wait(20) in {0, -signal.SIGTERM}
            assert time.monotonic() - asked_at < 10
        finally:
            process.kill()


class LosesOne:
    """Redis's client, whose sending swallows the first cancellation, as `asyncio.wait_for` could before Python 3.12."""

    def __init__(self) -> None:
        self.asked = asyncio.Event()

    async def newest(self, user_id: UUID) -> str:
        return START

    async def after(self, user_id: UUID, cursor: str) -> list[Entry]:
        self.asked.set()
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        return []


def test_a_stream_ends_with_its_client_though_a_cancellation_was_lost() -> None:
    async def leaves_while_its_feed_asks() -> None:
        hub = Hub("redis://127.0.0.1:1", most=1, most_per_user=1)
        listener, redis = Listener(Claims(uuid4(), uuid4(), 0)), LosesOne()
        feed = Feed(listener, redis, since=START, batch_id=None)  # type: ignore[arg-type]  # what it needs of the log

        async def receive() -> Message:
            await redis.asked.wait()
            return {"type": "http.disconnect"}

        async def send(message: Message) -> None:
            """It is read."""

        stream = EventStream(feed.events(60), on_end=lambda: hub.leave(listener))
        async with asyncio.timeout(30):
            await stream({"type": "http"}, receive, send)

    asyncio.run(leaves_while_its_feed_asks())
