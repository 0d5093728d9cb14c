"""What every router shares: text that a database can hold. No feature stands here."""

from typing import Annotated

from pydantic import AfterValidator


def storable(value: str) -> str:
    """The value itself; raises `ValueError` where PostgreSQL couldn't hold it."""
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("must not contain lone surrogates")
    return value


PlainText = Annotated[str, AfterValidator(storable)]
"""Text that the database can hold. A plain `str` may bring NUL or (from JSON's `"\\ud800"`) lone surrogates."""
