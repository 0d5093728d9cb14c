"""Text that the database and JSON can hold, out of whatever an engine or a search server has sent."""

import re
from typing import Annotated

from pydantic import BeforeValidator

_UNFIT = re.compile("[\x00\ud800-\udfff]")


def plain(text: str) -> str:
    """The text with `�` for NUL and lone surrogates, which PostgreSQL refuses."""
    return _UNFIT.sub("\ufffd", text)


def _plain(value: object) -> object:
    return plain(value) if isinstance(value, str) else value


Plain = Annotated[str, BeforeValidator(_plain)]
"""A `str` of a Pydantic model that holds an engine's words."""
