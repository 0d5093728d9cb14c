"""An application that fails the test in which a route answers a status that its description doesn't tell of."""

from fastapi import FastAPI
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_conspects.core.middleware import template

Described = dict[tuple[str, str], set[int]]
"""Method and path → statuses."""


def watched(app: FastAPI) -> FastAPI:
    """The same application; whatever test uses the fixture `client` has it."""
    app.add_middleware(Watching, watched=app)
    return app


class Watching:
    """Around the whole application; what isn't in the description (the page, a method that isn't there) passes."""

    def __init__(self, app: ASGIApp, watched: FastAPI) -> None:
        self.app, self.watched = app, watched

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = _described(self.watched).get((scope["method"], template(scope)))
                status = message["status"]
                assert told is None or status in {*told, 405}, f"{scope['method']} {template(scope)} answers {status}"
            await send(message)

        await self.app(scope, receive, sending if scope["type"] == "http" else send)


_known: Described = {}


def _described(app: FastAPI) -> Described:
    """Read once for all tests: which statuses there are hangs on no setting."""
    if not _known:
        for path, calls in app.openapi()["paths"].items():
            for method, operation in calls.items():
                _known[method.upper(), path] = {int(status) for status in operation["responses"]}
    return _known
