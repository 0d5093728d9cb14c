"""A submit's document without its audio: from bytes to plain values that a database can hold, or a clear refusal."""

import json
import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

from ai_conspects.batches.errors import InvalidJson

_SURROGATE = re.compile("[\ud800-\udfff]")
_LONGEST_NUMBER = 40  # digits; what PostgreSQL and every client can hold

Loc = tuple[str | int, ...]
"""The path to a value."""


@dataclass(frozen=True)
class Skeleton:
    """The document. `cuts` tells where bytes of the body are missing: (offset here, bytes missing up to here)."""

    text: bytes
    cuts: tuple[tuple[int, int], ...]

    def parse(self) -> Any:
        """The values. Raises `InvalidJson`."""
        try:
            text = self.text.decode()
        except UnicodeDecodeError as error:
            raise InvalidJson("it is not UTF-8", self._in_body(error.start)) from None
        try:
            return json.loads(
                text,
                object_pairs_hook=_object,
                parse_constant=_no_constant,
                parse_float=_float,
                parse_int=_int,
            )
        except json.JSONDecodeError as error:
            raise InvalidJson(error.msg, self._in_body(len(text[: error.pos].encode()))) from None
        except _UnfitValue as error:
            raise InvalidJson(str(error), self._in_body(len(self.text))) from None

    def _in_body(self, offset: int) -> int:
        return offset + max((missing for start, missing in self.cuts if start <= offset), default=0)


class _UnfitValue(ValueError):
    pass


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        raise _UnfitValue(f"the key {twice[:64]!r} stands twice in one object")
    return made


def _no_constant(word: str) -> NoReturn:
    raise _UnfitValue(f"{word} is no JSON")


def _float(digits: str) -> float:
    value = float(digits)
    if math.isinf(value):
        raise _UnfitValue("a number is too large")
    return value


def _int(digits: str) -> int:
    if len(digits) > _LONGEST_NUMBER:
        raise _UnfitValue("a number is too large")
    return int(digits)


def unfit_texts(value: Any, loc: Loc = ()) -> Iterator[tuple[Loc, str]]:
    """Where strings hold what no text can hold, NUL or half of a surrogate pair, and which of them it is."""
    if isinstance(value, str):
        if "\x00" in value:
            yield loc, "holds a NUL character"
        elif _SURROGATE.search(value):
            yield loc, "holds half of a surrogate pair"
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from unfit_texts(key, loc)
            yield from unfit_texts(item, (*loc, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from unfit_texts(item, (*loc, index))
