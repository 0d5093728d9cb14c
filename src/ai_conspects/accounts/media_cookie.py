"""A cookie for what a browser loads by itself: an `<audio>` and a download can't send `Authorization`.

No token may stand in a URL. The cookie holds the access token, so it ends with it and with its session; only reading
audio and the export take it.
"""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response, Security
from fastapi.security import APIKeyCookie

from ai_conspects.accounts import service
from ai_conspects.accounts.dependencies import AccessTokensDep, Bearer, CurrentUser, PartsDep
from ai_conspects.accounts.identity import UserIdentity
from ai_conspects.core.openapi import documented

NAME = "ai_conspects_media"
router = APIRouter(prefix="/users/me", tags=["users"], responses=documented(401, 503))

cookie = APIKeyCookie(name=NAME, auto_error=False, description="The cookie of `PUT /v1/users/me/cookie`.")


def media_user(
    given: PartsDep, tokens: AccessTokensDep, credentials: Bearer, held: Annotated[str | None, Security(cookie)]
) -> UserIdentity:
    """Who is calling, by the header or else by the cookie. Raises `NotAuthenticated`."""
    return service.authenticate(given.database, tokens.read(credentials.credentials if credentials else held))


MediaUser = Annotated[UserIdentity, Depends(media_user)]
"""For routes that only read: the cookie comes with every request to them, whoever made the browser send it."""


@router.put("/cookie", status_code=204, response_class=Response)
def put_cookie(request: Request, user: CurrentUser, tokens: AccessTokensDep, credentials: Bearer) -> Response:
    """Give a browser the cookie with which it plays audio and downloads the export. Send it after each refresh."""
    answer = Response(status_code=204)
    answer.set_cookie(
        NAME,
        credentials.credentials if credentials else "",
        max_age=tokens.lifetime_s,
        path="/v1",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="strict",
    )
    return answer
