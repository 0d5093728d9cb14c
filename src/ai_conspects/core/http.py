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


def storable(value: str) -> str:
    """The value itself; raises `ValueError` where PostgreSQL couldn't hold it."""
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("must not contain lone surrogates")
    return value


PlainText = Annotated[str, AfterValidator(storable)]
"""Text that the database can hold. A plain `str` may bring NUL or (from JSON's `"\\ud800"`) lone surrogates."""
