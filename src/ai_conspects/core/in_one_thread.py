"""A request's transaction begins, works and ends in the one thread that its route gets.

FastAPI gives a dependency's beginning and its end a thread each: on two busy cores that took longer than the SELECTs.
"""

import inspect
from collections.abc import Callable
from contextlib import AbstractContextManager
from functools import wraps
from typing import Any

from fastapi.routing import APIRoute
from sqlalchemy.orm import Session

_TRANSACTION = "transaction"


def offer(session: Session, transaction: AbstractContextManager[None]) -> None:
    """A session for a route of `InOneThread`, which will hold `transaction` around the route's work."""
    session.info[_TRANSACTION] = transaction


def require_taken(session: Session) -> None:
    """To be asked when the route has ended. Raises `RuntimeError` where it held no transaction: nothing was written."""
    if _TRANSACTION in session.info:
        raise RuntimeError("A route that takes a session belongs on a router whose route_class is InOneThread.")


class InOneThread(APIRoute):
    """A route that may take a session which was offered. Its transaction begins even where the route asks nothing."""

    def __init__(self, path: str, endpoint: Callable[..., Any], **more: Any) -> None:
        super().__init__(path, _whole(endpoint), **more)


def _whole(endpoint: Callable[..., Any]) -> Callable[..., Any]:
    if inspect.iscoroutinefunction(endpoint):
        return endpoint

    @wraps(endpoint)
    def whole(**given: Any) -> Any:
        session = next((value for value in given.values() if isinstance(value, Session)), None)
        if session is None:
            return endpoint(**given)
        with session.info.pop(_TRANSACTION):
            session.connection()
            return endpoint(**given)

    return whole
