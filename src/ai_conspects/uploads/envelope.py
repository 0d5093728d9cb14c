"""What tus wants around every request: its version on each answer, and the method in a header for old proxies."""

import re

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from ai_conspects.uploads.headers import VERSION

_OURS = re.compile(r"/v1/uploads(/|$)")
_OVERRIDES = {"PATCH", "DELETE", "HEAD"}


class TusEnvelope:
    """Pure ASGI, so that bodies pass untouched. It leaves every other path alone."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not _OURS.match(scope["path"]):
            await self.app(scope, receive, send)
            return

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["Tus-Resumable"] = VERSION
            await send(message)

        meant = Headers(scope=scope).get("x-http-method-override", "").upper()
        if scope["method"] == "POST" and meant in _OVERRIDES:
            scope = {**scope, "method": meant}
        await self.app(scope, receive, sending)
