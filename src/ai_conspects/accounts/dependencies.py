"""What routers ask for: the parts of this server, and who is calling. It decides nothing itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Generic, TypeVar, cast

from fastapi import Depends, Request, Security
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from fastapi.security.base import SecurityBase
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

SESSIONS_AT_A_TIME = 4
"""Of a process. Their threads take turns in Python: with 8, a crowd's status took half again as long, and the slowest
three times. Far below the pool's ten connections, of which short transactions take the others; those are never held
while a thread is waited for."""


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


T = TypeVar("T")


class _OfCaller(SecurityBase, Generic[T]):
    """What a route gets of its caller, whose token it reads itself: FastAPI goes through all that a dependency depends
    on, at every place where it is named, and this depends on nothing. Raises `NotAuthenticated`."""

    model, scheme_name = bearer.model, bearer.scheme_name

    def __init__(self, take: Callable[[Session], T]) -> None:
        self._take = take

    async def __call__(self, request: Request) -> T:
        if (opened := getattr(request.state, "session", None)) is None:
            opened = request.state.session = _entered(request, await bearer(request))
        return self._take(opened)


def _entered(request: Request, credentials: HTTPAuthorizationCredentials | None) -> Session:
    tokens: AccessTokens = request.app.state.access_tokens
    claims = tokens.read(credentials.credentials if credentials else None)
    opened = service.enter(request.app.state.parts.database, claims)
    opened.info["user"] = UserIdentity(claims.user_id, claims.session_id)
    return _offered(request, opened)


session: _OfCaller[Session] = _OfCaller(lambda opened: opened)
session_user: _OfCaller[UserIdentity] = _OfCaller(lambda opened: cast("UserIdentity", opened.info["user"]))

SessionDep = Annotated[Session, Depends(session)]
"""`def route(session: SessionDep, user: SessionUser)`, on a router of `InOneThread`: one transaction for the request,
which begins by asking who calls, is committed before the reply and undone when the route raises; jobs ring after its
commit."""

SessionUser = Annotated[UserIdentity, Depends(session_user)]
"""As `CurrentUser`, for a route of `InOneThread`."""


async def unknown_session(request: Request) -> Session:
    """A session before it is known who calls."""
    database: Database = request.app.state.parts.database
    return _offered(request, database.prepare(Scope(system="who is calling?")))


UnknownSessionDep = Annotated[Session, Depends(unknown_session)]
"""For register, login and recover alone."""


def _offered(request: Request, opened: Session) -> Session:
    state = request.app.state
    return offer(Turn(opened, state.session_slots, state.parts.database.committed(opened)))
