"""What every router shares: text that a database can hold, and bodies: how long one is, what one changes."""

from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, model_validator
from starlette.requests import Request


def storable(value: str) -> str:
    """The value itself; raises `ValueError` where PostgreSQL couldn't hold it."""
    if "\x00" in value:
        raise ValueError("must not contain NUL characters")
    if not value.isascii() and any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError("must not contain lone surrogates")
    return value


PlainText = Annotated[str, AfterValidator(storable)]
"""Text that the database can hold. A plain `str` may bring NUL or (from JSON's `"\\ud800"`) lone surrogates."""


def announced_bytes(request: Request) -> int:
    """How long the request says that its body is; 0 where it doesn't say."""
    told = request.headers.get("content-length", "")
    return int(told[:19]) if told.isdecimal() else 0


def without_null(schema: dict[str, Any]) -> None:
    """Take null out of what a schema allows: of a value that may be left out, but not be null."""
    kinds = [kind for kind in schema.get("anyOf", []) if kind != {"type": "null"}]
    if kinds != schema.get("anyOf", []):
        del schema["anyOf"]
        schema.update(kinds[0] | schema if len(kinds) == 1 else {"anyOf": kinds})
        if schema.get("default", ...) is None:
            del schema["default"]


class Change(BaseModel):
    """What to change of something: at least one field. What is not named stays; null only takes away `CLEARED`."""

    CLEARED: ClassVar[frozenset[str]] = frozenset()

    @staticmethod
    def _describe(schema: dict[str, Any], of: type["Change"]) -> None:
        for name, told in schema["properties"].items():
            if name not in of.CLEARED:
                without_null(told)
        schema["minProperties"] = 1 + len(schema.get("required", []))

    model_config = ConfigDict(extra="forbid", json_schema_extra=_describe)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        optional = {name: field for name, field in type(self).model_fields.items() if not field.is_required()}
        named = optional.keys() & self.model_fields_set
        if not named:
            raise ValueError(f"must change something: {', '.join(optional)}")
        empty = sorted(name for name in named - self.CLEARED if getattr(self, name) is None)
        if empty:
            raise ValueError(f"{', '.join(empty)} must not be null")
        return self
