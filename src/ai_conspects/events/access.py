"""Who may listen: a token that counts, from a web page that may ask."""

from collections.abc import Mapping
from urllib.parse import urlsplit

from anyio import to_thread

from ai_conspects.accounts import service
from ai_conspects.accounts.tokens import AccessTokens, Claims
from ai_conspects.core.db import Database
from ai_conspects.events.errors import ForeignOrigin


async def admit(database: Database, tokens: AccessTokens, token: str | None) -> Claims:
    """What the token says, if it still counts. Raises `NotAuthenticated` or one of its kind."""
    claims = tokens.read(token)
    await to_thread.run_sync(service.authenticate, database, claims)
    return claims


def check_origin(headers: Mapping[str, str], allowed: str) -> None:
    """Browsers say from where a page comes: from this server, or from an origin that is named. Raises `ForeignOrigin`.

    What isn't a browser sends no `Origin`. Browsers guard a socket by nothing else.
    """
    origin = headers.get("origin")
    if origin is None or origin.rstrip("/") in {named.strip().rstrip("/") for named in allowed.split(",") if named}:
        return
    if urlsplit(origin).netloc.lower() != headers.get("host", "").lower() or not headers.get("host"):
        raise ForeignOrigin
