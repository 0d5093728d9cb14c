"""What routers ask for: the parts of this server, and who is calling. It decides nothing itself."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from ai_conspects.accounts import service
from ai_conspects.accounts.identity import UserIdentity
from ai_conspects.accounts.tokens import AccessTokens
from ai_conspects.core.db import Database
from ai_conspects.core.settings import Settings
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.language_model.base import LanguageModel
from ai_conspects.engines.object_storage.base import ObjectStore


@dataclass(frozen=True)
class Parts:
    """What the API works with, wired once in `main.py` and kept in `app.state.parts`."""

    settings: Settings
    database: Database
    store: ObjectStore
    language_model: LanguageModel
    embeddings: Embeddings


def parts(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    return cast("Parts", request.app.state.parts)


PartsDep = Annotated[Parts, Depends(parts)]


def access_tokens(request: Request) -> AccessTokens:
    """What signs and reads this server's access tokens."""
    return cast("AccessTokens", request.app.state.access_tokens)


AccessTokensDep = Annotated[AccessTokens, Depends(access_tokens)]

bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The `access_token` of register or login.")


def current_user(
    given: PartsDep,
    tokens: AccessTokensDep,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)],
) -> UserIdentity:
    """Who is calling, checked by one SELECT in a transaction of its own.

    Of its own, so that a long upload or a slow answer holds no connection. Raises `NotAuthenticated`.
    """
    claims = tokens.read(credentials.credentials if credentials else None)
    with given.database.transaction(as_user=claims.user_id) as session:
        return service.authenticate(session, claims)


CurrentUser = Annotated[UserIdentity, Depends(current_user)]
"""`def route(user: CurrentUser)`: every query of the route is scoped by `user.id`."""


def session(given: PartsDep, user: CurrentUser) -> Iterator[Session]:
    """The request's transaction, in the caller's scope: committed before the reply, undone when the route raises.

    A route that streams or waits for an engine opens short transactions of its own instead.
    """
    with given.database.transaction(as_user=user.id) as opened:
        yield opened


def unknown_session(given: PartsDep) -> Iterator[Session]:
    """The same before it is known who calls."""
    with given.database.transaction(as_system="who is calling?") as opened:
        yield opened


# With FastAPI's default scope the commit would come after the reply, which might then tell of what never happened.
SessionDep = Annotated[Session, Depends(session, scope="function")]
"""`def route(session: SessionDep)`: one transaction for the request; jobs ring after its commit."""

UnknownSessionDep = Annotated[Session, Depends(unknown_session, scope="function")]
"""For register, login and recover alone."""
