"""What routers ask for: the parts of this server, and who is calling. It decides nothing itself."""

from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from ai_conspects.accounts import service
from ai_conspects.accounts.identity import UserIdentity
from ai_conspects.accounts.tokens import AccessTokens
from ai_conspects.core.db import Database
from ai_conspects.core.in_one_thread import Turn, offer
from ai_conspects.core.scopes import Scope
from ai_conspects.core.settings import Settings
from ai_conspects.engines.embeddings.base import Embeddings
from ai_conspects.engines.language_model.base import LanguageModel
from ai_conspects.engines.object_storage.base import ObjectStore

SESSIONS_AT_A_TIME = 8
"""Of the pool's ten connections; the others are for short transactions, which are never held while a thread is waited
for."""


@dataclass(frozen=True)
class Parts:
    """What the API works with, wired once in `main.py` and kept in `app.state.parts`."""

    settings: Settings
    database: Database
    store: ObjectStore
    language_model: LanguageModel
    embeddings: Embeddings


async def parts(request: Request) -> Parts:
    """The parts of the application that serves this request."""
    return cast("Parts", request.app.state.parts)


PartsDep = Annotated[Parts, Depends(parts)]


async def access_tokens(request: Request) -> AccessTokens:
    """What signs and reads this server's access tokens."""
    return cast("AccessTokens", request.app.state.access_tokens)


AccessTokensDep = Annotated[AccessTokens, Depends(access_tokens)]

bearer = HTTPBearer(auto_error=False, bearerFormat="JWT", description="The `access_token` of register or login.")


Bearer = Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]


def current_user(given: PartsDep, tokens: AccessTokensDep, credentials: Bearer) -> UserIdentity:
    """Who is calling, checked by one SELECT in a transaction of its own. Raises `NotAuthenticated`."""
    return service.authenticate(given.database, tokens.read(credentials.credentials if credentials else None))


CurrentUser = Annotated[UserIdentity, Depends(current_user)]
"""For a route that streams or waits for an engine: it holds no connection meanwhile, and opens short transactions.

Every query of the route is scoped by `user.id`.
"""


async def session(request: Request, credentials: Bearer) -> Session:
    """The request's session, in the scope of its caller, of whom it asks first. Raises `NotAuthenticated`."""
    tokens: AccessTokens = request.app.state.access_tokens
    claims = tokens.read(credentials.credentials if credentials else None)
    opened = service.enter(request.app.state.parts.database, claims)
    opened.info["user"] = UserIdentity(claims.user_id, claims.session_id)
    return _offered(request, opened)


async def unknown_session(request: Request) -> Session:
    """The same before it is known who calls."""
    database: Database = request.app.state.parts.database
    return _offered(request, database.prepare(Scope(system="who is calling?")))


def _offered(request: Request, opened: Session) -> Session:
    state = request.app.state
    return offer(Turn(opened, state.session_slots, state.parts.database.committed(opened)))


# few and flat: FastAPI goes through all that a dependency depends on, at every place where it is named
SessionDep = Annotated[Session, Depends(session)]
"""`def route(session: SessionDep, user: SessionUser)`, on a router of `InOneThread`: one transaction for the request,
committed before the reply and undone when the route raises; jobs ring after its commit."""


async def session_user(of: SessionDep) -> UserIdentity:
    """Who is calling, checked where the request's transaction begins."""
    return cast("UserIdentity", of.info["user"])


SessionUser = Annotated[UserIdentity, Depends(session_user)]
"""As `CurrentUser`, for a route with a `SessionDep`."""

UnknownSessionDep = Annotated[Session, Depends(unknown_session)]
"""For register, login and recover alone."""
