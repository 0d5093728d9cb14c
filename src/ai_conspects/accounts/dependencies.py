"""What routers ask for: the parts of this server, and who is calling. It decides nothing itself."""

from asyncio import Semaphore
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, cast

from fastapi import Depends, Request, Security
from fastapi.concurrency import contextmanager_in_threadpool
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from sqlalchemy.orm import Session

from ai_conspects.accounts import service
from ai_conspects.accounts.identity import UserIdentity
from ai_conspects.accounts.tokens import AccessTokens, Claims
from ai_conspects.core.db import Database
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
    with given.database.transaction(as_user=claims.user_id) as session:
        return service.authenticate(session, claims)


CurrentUser = Annotated[UserIdentity, Depends(current_user)]
"""For a route that streams or waits for an engine: it holds no connection meanwhile, and opens short transactions.

Every query of the route is scoped by `user.id`.
"""


@dataclass(frozen=True)
class Caller:
    """A request's transaction, and whose it is."""

    user: UserIdentity
    session: Session


async def session_slot(request: Request) -> AsyncIterator[None]:
    """A turn at a transaction that lasts as long as its route, waited for without a thread.

    Those that have a connection need a thread to go on, and the threads are fewer than a crowd.
    """
    slots: Semaphore = request.app.state.session_slots
    async with slots:
        yield


SlotDep = Annotated[None, Depends(session_slot, scope="function")]


async def caller(_: SlotDep, given: PartsDep, claims: ClaimsDep) -> AsyncIterator[Caller]:
    """The request's transaction, in the scope of its caller, whom it checks first.

    Committed before the reply, undone when the route raises. Raises `NotAuthenticated`.
    """
    async with contextmanager_in_threadpool(_called(given.database, claims)) as made:
        yield made


@contextmanager
def _called(database: Database, claims: Claims) -> Iterator[Caller]:
    with database.transaction(as_user=claims.user_id) as opened:
        yield Caller(service.authenticate(opened, claims), opened)


# With FastAPI's default scope the commit would come after the reply, which might then tell of what never happened.
CallerDep = Annotated[Caller, Depends(caller, scope="function")]


async def session(of: CallerDep) -> Session:
    """The request's transaction."""
    return of.session


async def session_user(of: CallerDep) -> UserIdentity:
    """Who is calling, checked in the request's transaction."""
    return of.user


SessionDep = Annotated[Session, Depends(session)]
"""`def route(session: SessionDep, user: SessionUser)`: one transaction for the request; jobs ring after its commit."""

SessionUser = Annotated[UserIdentity, Depends(session_user)]
"""As `CurrentUser`, for a route with a `SessionDep`."""


async def unknown_session(_: SlotDep, given: PartsDep) -> AsyncIterator[Session]:
    """The same before it is known who calls."""
    async with contextmanager_in_threadpool(given.database.transaction(as_system="who is calling?")) as opened:
        yield opened


UnknownSessionDep = Annotated[Session, Depends(unknown_session, scope="function")]
"""For register, login and recover alone."""
