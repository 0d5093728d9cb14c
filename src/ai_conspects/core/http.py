"""What every router shares: the transaction of a request, and text that a database can hold. No feature stands here."""

from collections.abc import Iterator
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request
from pydantic import AfterValidator
from sqlalchemy.orm import Session

from ai_conspects.core.db import Database


class HasDatabase(Protocol):
    """The one part that this module needs of `app.state.parts`."""

    @property
    def database(self) -> Database: ...


def session(request: Request) -> Iterator[Session]:
    """The request's transaction: committed before the reply is sent, undone when the route raises.

    A route that streams or waits for an engine opens short transactions of its own instead.
    """
    parts = cast("HasDatabase", request.app.state.parts)
    with parts.database.transaction() as opened:
        yield opened


# With FastAPI's default scope the commit would come after the reply, which might then tell of what never happened.
SessionDep = Annotated[Session, Depends(session, scope="function")]
"""`def route(session: SessionDep)`: one transaction for the request; jobs ring after its commit."""


def _without_nul(value: str) -> str:
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    return value


PlainText = Annotated[str, AfterValidator(_without_nul)]
"""Text without NUL, which PostgreSQL can't hold; pydantic itself refuses lone surrogates."""
