"""Templates on the wire. What a user writes in one is data with limits: it reaches a model only inside a fence."""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from ai_conspects.accounts.preferences import TemplateName
from ai_conspects.core.http import storable

MOST_SECTIONS = 12
MOST_TEMPLATES = 50

Line = Annotated[
    str,
    StringConstraints(strip_whitespace=True, min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f\u2028\u2029]+$"),
    AfterValidator(storable),
]
Kind = Literal["free", "actions", "decisions", "questions"]


class SectionBody(BaseModel):
    """A heading, what belongs under it, and its kind: `actions` is the place of what is to be done."""

    model_config = ConfigDict(extra="forbid")

    heading: Line
    holds: Annotated[str, StringConstraints(strip_whitespace=True, max_length=300), AfterValidator(storable)] = ""
    kind: Kind = "free"


def _each_heading_once(sections: Sequence[SectionBody]) -> Sequence[SectionBody]:
    if len({section.heading.casefold() for section in sections}) < len(sections):
        raise ValueError("must not have a heading twice")
    return sections


Sections = Annotated[list[SectionBody], Field(max_length=MOST_SECTIONS), AfterValidator(_each_heading_once)]
Wishes = Annotated[str, StringConstraints(strip_whitespace=True, max_length=1_000), AfterValidator(storable)]


class NewTemplate(BaseModel):
    """A template of a user's own. Submits name it by `name`."""

    model_config = ConfigDict(extra="forbid")

    name: TemplateName
    title: Line
    sections: Sections = []
    wishes: Wishes = ""


class TemplateChange(BaseModel):
    """What to change; what is not named stays. The name stays in any case."""

    model_config = ConfigDict(extra="forbid")

    title: Line | None = None
    sections: Sections | None = None
    wishes: Wishes | None = None


class TemplateOut(BaseModel):
    """A template. `about` says what it is for; only the server's have it. `is_default`: taken where none is named."""

    name: str
    title: str
    about: str
    sections: list[SectionBody]
    wishes: str
    is_built_in: bool
    is_default: bool


class Templates(BaseModel):
    """All that a user may name: the server's first, then their own by name."""

    items: list[TemplateOut]
