"""A request's transaction begins, works and ends in one thread, and its route is the only one to ask for a thread.

FastAPI gives a route, and each beginning and end of a dependency, a thread of its own: on two busy cores these changes
took longer than the statements.
"""

import inspect
from asyncio import Semaphore
from collections.abc import Callable
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import wraps
from typing import Any

from anyio import to_thread
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session


@dataclass(frozen=True)
class Turn:
    """What a route holds while it works: one of `slots`, and then the session's transaction.

    A slot is waited for without a thread: those that have a connection need a thread to go on, and the threads are
    fewer than a crowd.
    """

    session: Session
    slots: Semaphore
    transaction: AbstractContextManager[None]


_offered: ContextVar[Turn | None] = ContextVar("offered", default=None)


def offer(turn: Turn) -> Session:
    """The turn's session, for a request to a route of `InOneThread`. Any other route gets nothing out of it: its
    transaction has not begun."""
    _offered.set(turn)
    return turn.session


class InOneThread(APIRoute):
    """A route that may depend on a session which was offered.

    Its transaction begins whatever the route makes of it, for that is where it is asked who calls.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, _whole(endpoint), **more)


def _whole(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    async def whole(**given: Any) -> Any:
        turn = _offered.get()
        if turn is None:
            return await to_thread.run_sync(lambda: endpoint(**given))

        def work() -> Any:
            with turn.transaction:
                turn.session.connection()
                return endpoint(**given)

        async with turn.slots:
            return await to_thread.run_sync(work)

    return whole
