"""What clients send to make and change notes. Bodies of ours take no field that they don't know."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, model_validator

from ai_conspects.batches.schemas import Language
from ai_conspects.core.http import Change, PlainText, storable
from ai_conspects.tags.schemas import TagName

LONGEST_TITLE = 500
LONGEST_SUMMARY = 10_000
LONGEST_CONTENT = 100_000
MOST_TAGS = 50
MOST_IN_BULK = 500


def _one_line(title: str) -> str:
    line = " ".join(storable(title).split())
    if not line:
        raise ValueError("must not be empty")
    return line


Title = Annotated[str, Field(min_length=1, max_length=LONGEST_TITLE), AfterValidator(_one_line)]
Summary = Annotated[PlainText, Field(max_length=LONGEST_SUMMARY)]
Content = Annotated[PlainText, Field(max_length=LONGEST_CONTENT, description="Markdown")]
Tags = Annotated[list[TagName], Field(max_length=MOST_TAGS, description="Tags that you lack are made.")]


class NewNoteBody(BaseModel):
    """A note that a person writes."""

    model_config = ConfigDict(extra="forbid")

    title: Title
    content: Content
    summary: Summary | None = None
    tags: Tags = []
    language: Language = Field("auto", description="`auto`: what its words look like.")
    is_favorite: StrictBool = False


class NoteChange(Change):
    """What to change; what is not named stays. `tags` are the note's tags from then on, all of them."""

    CLEARED = frozenset({"summary"})

    title: Title | None = None
    summary: Summary | None = Field(None, description="null takes it away.")
    content: Content | None = None
    tags: Tags | None = None
    is_favorite: StrictBool | None = None
    is_read: StrictBool | None = None


Action = Literal["favorite", "unfavorite", "read", "unread", "tag", "untag", "delete"]


class BulkBody(BaseModel):
    """One action on many notes: all that are there, or none where it fails."""

    model_config = ConfigDict(extra="forbid")

    action: Action
    ids: list[UUID] = Field(min_length=1, max_length=MOST_IN_BULK, json_schema_extra={"uniqueItems": True})
    tags: Tags = Field([], description="For `tag` and `untag`.")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if len(set(self.ids)) < len(self.ids):
            raise ValueError("one note is named twice")
        if (self.action in {"tag", "untag"}) != bool(self.tags):
            raise ValueError("tags go with tag and untag, and only with them")
        return self


class BulkResult(BaseModel):
    """What became of one note. `unchanged`: it was so already. `not_found`: there is none of yours with this id."""

    id: UUID
    status: Literal["done", "unchanged", "not_found"]


class BulkAnswer(BaseModel):
    """A result for each id, in the order in which they were sent."""

    results: list[BulkResult]
