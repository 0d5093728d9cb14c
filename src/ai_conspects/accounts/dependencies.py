"""What routers ask for: the parts of this server, and who is calling. It decides nothing itself."""

from asyncio import Semaphore
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from ai_conspects.accounts import service
from ai_conspects.accounts.identity import UserIdentity
from ai_conspects.accounts.tokens import AccessTokens, Claims
from ai_conspects.core.db import Database
from ai_conspects.core.in_one_thread import offer, require_taken
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


async def token_claims(
    tokens: AccessTokensDep, credentials: Annotated[HTTPAuthorizationCredentials | None, Security(bearer)]
) -> Claims:
    """What the caller's token says; whether it still counts is for the database to say. Raises `NotAuthenticated`."""
    return tokens.read(credentials.credentials if credentials else None)


ClaimsDep = Annotated[Claims, Depends(token_claims)]


def current_user(given: PartsDep, claims: ClaimsDep) -> UserIdentity:
    """Who is calling, checked by one SELECT in a transaction of its own. Raises `NotAuthenticated`."""
    return service.authenticate(given.database, claims)


CurrentUser = Annotated[UserIdentity, Depends(current_user)]
"""For a route that streams or waits for an engine: it holds no connection meanwhile, and opens short transactions.

Every query of the route is scoped by `user.id`.
"""


async def session_slot(request: Request) -> AsyncIterator[None]:
    """A turn at a transaction that lasts as long as its route, waited for without a thread.

    Those that have a connection need a thread to go on, and the threads are fewer than a crowd.
    """
    slots: Semaphore = request.app.state.session_slots
    async with slots:
        yield


SlotDep = Annotated[None, Depends(session_slot, scope="function")]


async def session(_: SlotDep, given: PartsDep, claims: ClaimsDep) -> AsyncIterator[Session]:
    """The request's transaction, in the scope of its caller, of whom it asks first. Raises `NotAuthenticated`."""
    opened = service.enter(given.database, claims)
    offer(opened, given.database.committed(opened))
    yield opened
    require_taken(opened)


async def unknown_session(_: SlotDep, given: PartsDep) -> AsyncIterator[Session]:
    """The same before it is known who calls."""
    opened = given.database.prepare(Scope(system="who is calling?"))
    offer(opened, given.database.committed(opened))
    yield opened
    require_taken(opened)


# With FastAPI's default scope a slot would be held until the reply has gone.
SessionDep = Annotated[Session, Depends(session, scope="function")]
"""`def route(session: SessionDep, user: SessionUser)`: one transaction for the request, committed before the reply and
undone when the route raises; jobs ring after its commit."""


async def session_user(_: SessionDep, claims: ClaimsDep) -> UserIdentity:
    """Who is calling, checked where the request's transaction begins."""
    return UserIdentity(claims.user_id, claims.session_id)


SessionUser = Annotated[UserIdentity, Depends(session_user)]
"""As `CurrentUser`, for a route with a `SessionDep`."""

UnknownSessionDep = Annotated[Session, Depends(unknown_session, scope="function")]
"""For register, login and recover alone."""
