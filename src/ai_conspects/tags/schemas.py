"""Tags on the wire."""

import unicodedata
from typing import Annotated, Any
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ai_conspects.batches.schemas import Time
from ai_conspects.core.http import Change, storable

LONGEST_NAME = 50


def _tidy(name: str) -> str:
    """In one Unicode form and with single spaces, as its owner will see it. Raises `ValueError`."""
    tidy = unicodedata.normalize("NFC", " ".join(storable(name).split()))
    if not 1 <= len(tidy) <= LONGEST_NAME:
        raise ValueError(f"must have 1 to {LONGEST_NAME} characters")
    if any(unicodedata.category(character) == "Cc" for character in tidy):
        raise ValueError("must not contain control characters")
    return tidy


_TOLD: dict[str, Any] = {"maxLength": LONGEST_NAME, "pattern": "^[^\\x00-\\x08\\x0e-\\x1b\\x7f-\\x84\\x86-\\x9f]*$"}
_TagField = Field(min_length=1, max_length=200, examples=["machine learning"], json_schema_extra=_TOLD)
TagName = Annotated[str, _TagField, AfterValidator(_tidy)]
"""A tag's name. Names are one if they differ only in case, Unicode form or white space."""

Color = Annotated[
    str,
    StringConstraints(pattern=r"^(#[0-9a-fA-F]{6}|[a-z]{1,20})$"),
    Field(description="A name such as `teal`, or `#rrggbb`.", examples=["teal"]),
]


class TagDetails(BaseModel):
    """A tag of the caller's. `note_count` is how many notes have it."""

    id: UUID
    name: str = Field(examples=["machine learning"])
    color: str = Field(examples=["teal"])
    note_count: int = Field(examples=[12])
    created_at: Time


class NewTag(BaseModel):
    """A tag to be made. Without a colour it gets one that follows from its name."""

    model_config = ConfigDict(extra="forbid")

    name: TagName
    color: Color | None = None


class TagChange(Change):
    """What to change; what is not named stays."""

    name: TagName | None = None
    color: Color | None = None


class Merge(BaseModel):
    """The tag that takes the place of the one in the path."""

    model_config = ConfigDict(extra="forbid")

    into: UUID
