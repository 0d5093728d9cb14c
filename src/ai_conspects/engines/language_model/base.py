"""What every language engine does: answer a request with a value of the type that was asked for.

A request carries the same thing twice: as `messages` for a model that reads, and as `material` for an engine that
picks sentences. Either way the answer stands on sentences by their ids, and the caller checks them.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Generic, Literal, Protocol, TypeVar, runtime_checkable

from pydantic import BaseModel, Field

from ai_conspects.engines.cancelling import Cancellation
from ai_conspects.text.analysis import ContentAnalysis
from ai_conspects.text.plain import Plain
from ai_conspects.text.sentences import Sentence


@dataclass(frozen=True)
class Message:
    """A turn of the conversation with a model. Text that is not ours stands in the `user` role only."""

    role: Literal["system", "user", "assistant"]
    content: str


class Claim(BaseModel):
    """One statement and the ids of the sentences (or passages) on which it stands."""

    text: Plain
    sentence_ids: list[int]


class Section(BaseModel):
    """A part of a note: a heading and what is said under it."""

    heading: Plain
    claims: list[Claim]


class NoteDraft(BaseModel):
    """A note as an engine proposes it; nothing in it has been checked yet.

    `action_items` are what somebody is to do; the day by which is read off the sentences named, never asked of a model.
    `related_topics` are subjects that were named and to which other notes may belong.
    """

    title: Plain
    summary: list[Claim]
    sections: list[Section]
    tags: list[Plain]
    action_items: list[Claim] = Field(default_factory=list)
    related_topics: list[Plain] = Field(default_factory=list)


class PartFacts(BaseModel):
    """All of substance that one part of a long recording says, under headings, in its order."""

    sections: list[Section]


class FormSection(BaseModel, frozen=True):
    """A section that a note shall have. `holds` says what belongs there, in its owner's words.

    `actions` is the place of the action items; `decisions` and `questions` help an engine that reads no words.
    """

    heading: Plain
    holds: Plain = ""
    kind: Literal["free", "actions", "decisions", "questions"] = "free"


class NoteForm(BaseModel, frozen=True):
    """What a note shall look like: a template as engines see it. `wishes` are its owner's words about the whole.

    `translate`: its headings are in another language than the note shall be.
    """

    name: str
    sections: tuple[FormSection, ...] = ()
    wishes: Plain = ""
    translate: bool = False


class NoteDrafts(BaseModel):
    """The notes of one recording."""

    notes: list[NoteDraft]


class AnswerDraft(BaseModel):
    """An answer as an engine proposes it. `found` is false where the passages say nothing about the question.

    `sentence_ids` of a claim are ids of passage sentences. `missing` names words of the question that no passage has.
    """

    found: bool
    claims: list[Claim]
    missing: list[Plain]


@dataclass(frozen=True)
class NoteMaterial:
    """What a recording gave: its sentences and their analysis, and what the notes shall be like."""

    sentences: tuple[Sentence, ...]
    analysis: ContentAnalysis
    max_notes: int
    depth: Literal["brief", "detailed", "deep"]
    with_tags: bool
    form: NoteForm | None = None


@dataclass(frozen=True)
class AnswerMaterial:
    """A question and the sentences found for it, best passage first; each sentence's id is unique here."""

    question: str
    language: str
    passages: tuple[tuple[Sentence, ...], ...]


T = TypeVar("T", bound=BaseModel)


class Usage(BaseModel, frozen=True):
    """What calls of a model have cost. `estimated_calls` are those whose server didn't count its tokens."""

    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    estimated_calls: int = 0

    def __add__(self, other: "Usage") -> "Usage":
        return Usage(
            calls=self.calls + other.calls,
            tokens_in=self.tokens_in + other.tokens_in,
            tokens_out=self.tokens_out + other.tokens_out,
            estimated_calls=self.estimated_calls + other.estimated_calls,
        )


class Meter(Protocol):
    """Stands around each call that costs something. Perhaps in several threads at once."""

    def __call__(self, at_most: int) -> AbstractContextManager[Callable[[Usage], None]]:
        """Let a call of so many tokens (read and written) begin, and give what is told its cost once it was answered,
        also where the answer is of no use. Whatever is raised on entering goes through the engine, and no call is made.
        """
        ...


@contextmanager
def unmetered(at_most: int) -> Iterator[Callable[[Usage], None]]:
    """For calls whose cost nobody asks for."""
    yield lambda _: None


@dataclass(frozen=True)
class Completion(Generic[T]):
    """A request for a `T`; it may take several calls, each within `meter`."""

    output: type[T]
    messages: tuple[Message, ...]
    material: NoteMaterial | AnswerMaterial
    max_output_tokens: int = 4_000
    meter: Meter = unmetered


class LanguageModel(Protocol):
    """A language engine. `name` tells engine and model: `openai:gpt-4o-mini`, `extractive`."""

    name: str

    @property
    def context_tokens(self) -> int:
        """What it can read and write at once, in tokens. The first time, it may ask its server."""
        ...

    @property
    def part_tokens(self) -> int:
        """How much of a recording it should be given at once, in tokens: less than its context, for it reads a long
        text less well than a short one."""
        ...

    def tokens(self, text: str) -> int:
        """About how many tokens it makes of the text; rather too many than too few."""
        ...

    def complete(self, request: Completion[T]) -> T:
        """The answer, of the type asked for; the engine sees to it that it is one.

        Raises `EngineUnavailable`, `EngineRejected`, `EngineMisconfigured`.
        """
        ...


@runtime_checkable
class StreamingModel(Protocol):
    """A language engine whose text can be had as it comes. An engine that picks sentences has none to give."""

    def stream(
        self, messages: tuple[Message, ...], max_output_tokens: int, cancellation: Cancellation, meter: Meter
    ) -> Iterator[str]:
        """The text, piece by piece; it ends early, without an error, where it is cancelled.

        Raises as `complete`, perhaps after some pieces.
        """
        ...
