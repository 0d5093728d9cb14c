"""Keyset pagination: a cursor holds the place of the last item that was seen, not a number of items to skip.

So a page begins right where the last one ended, whatever came or went in between. A cursor is opaque and belongs to one
list with one order and one set of filters; its checksum guards against mistakes, not against its owner, whom a made-up
cursor could only lead to another place in a list of their own.
"""

import hashlib
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Generic, TypeVar

from fastapi import Query
from pydantic import BaseModel, Field

from ai_conspects.core.errors import FieldError, Unprocessable

Item = TypeVar("Item")

_CHECK_BYTES = 9

Limit = Annotated[int, Query(ge=1, le=200, description="Items on a page, at most.")]
CursorParam = Annotated[
    str | None, Query(max_length=4_000, description="The `next_cursor` of the page before, with the same filters.")
]


class Page(BaseModel, Generic[Item]):
    """A part of a list. `next_cursor` leads to the next one, null where there is none."""

    items: list[Item]
    next_cursor: str | None = Field(description="For `?cursor=`; null on the last page.")


class InvalidCursor(Unprocessable):
    """A cursor that this list, in this order and with these filters, never gave."""

    code = "invalid_cursor"

    def __init__(self) -> None:
        fault = FieldError(("query", "cursor"), "is not a cursor of this list with these filters and this order")
        super().__init__("The cursor is not one of this list. Begin again without it.", errors=(fault,))


def encode(of: str, place: Sequence[str]) -> str:
    """The cursor to a place. `of` names the list, its order and its filters."""
    content = json.dumps(list(place), ensure_ascii=False, separators=(",", ":")).encode()
    return urlsafe_b64encode(_check(of, content) + content).rstrip(b"=").decode()


def decode(of: str, cursor: str, *read: Callable[[str], Any]) -> tuple[Any, ...]:
    """The place, each part read by its function. Raises `InvalidCursor`, also where one raises `ValueError`."""
    try:
        raw = urlsafe_b64decode(cursor.encode("ascii") + b"=" * (-len(cursor) % 4))
    except ValueError:
        raise InvalidCursor from None
    check, content = raw[:_CHECK_BYTES], raw[_CHECK_BYTES:]
    if check != _check(of, content) or urlsafe_b64encode(raw).rstrip(b"=").decode() != cursor:
        raise InvalidCursor
    try:
        place = json.loads(content)
        if not isinstance(place, list) or not all(isinstance(part, str) for part in place):
            raise InvalidCursor
        return tuple(each(part) for each, part in zip(read, place, strict=True))
    except (ValueError, RecursionError):  # what its owner has made up is no fault of ours
        raise InvalidCursor from None


def _check(of: str, content: bytes) -> bytes:
    return hashlib.sha256(of.encode() + b"\0" + content).digest()[:_CHECK_BYTES]
