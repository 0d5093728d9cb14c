"""A request's transaction begins, works and ends in one thread, and its route is the only one to ask for a thread.

FastAPI gives a route, and each beginning and end of a dependency, a thread of its own: on two busy cores these changes
took longer than the statements.
"""

import inspect
from asyncio import Semaphore
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import wraps
from typing import Any

from anyio import to_thread
from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

_TURN = "turn"


@dataclass(frozen=True)
class Turn:
    """What a route holds while it works: one of `slots`, and then the transaction.

    A slot is waited for without a thread: those that have a connection need a thread to go on, and the threads are
    fewer than a crowd.
    """

    slots: Semaphore
    transaction: AbstractContextManager[None]


def offer(session: Session, turn: Turn) -> None:
    """A session for a route of `InOneThread`. Any other route that asks it for something fails: it has not begun."""
    session.info[_TURN] = turn


class InOneThread(APIRoute):
    """A route that may take a session which was offered. Its transaction begins even where the route asks nothing."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, _whole(endpoint), **more)


def _whole(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    async def whole(**given: Any) -> Any:
        session = next((value for value in given.values() if isinstance(value, Session)), None)
        if session is None:
            return await to_thread.run_sync(lambda: endpoint(**given))
        turn: Turn = session.info[_TURN]

        def work() -> Any:
            with turn.transaction:
                session.connection()
                return endpoint(**given)

        async with turn.slots:
            return await to_thread.run_sync(work)

    return whole
