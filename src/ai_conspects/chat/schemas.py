"""The chat on the wire: the protocol's fields, and the citations that we add."""

from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StringConstraints

from ai_conspects.core.http import PlainText, storable

Question = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000), AfterValidator(storable)
]


class ChatContext(BaseModel):
    """Which notes an answer may stand on."""

    include_notes: bool = Field(True, description="false: no note is looked at, so nothing can be answered from them.")
    max_context_notes: int = Field(10, ge=1, le=50)
    note_ids: list[UUID] = Field(default_factory=list, max_length=100, description="Only these notes; empty: all.")
    tags: list[PlainText] = Field(
        default_factory=list, max_length=100, description="Only notes with one of these tags."
    )


class ChatRequest(BaseModel):
    """A question to one's notes. `conversation_id` continues a conversation; without one a new one begins."""

    message: Question
    conversation_id: UUID | None = None
    context: ChatContext = Field(default_factory=ChatContext)
    settings: dict[str, Any] = Field(default_factory=dict, description="The protocol's; none is known yet.")

    model_config = {
        "json_schema_extra": {
            "examples": [
                {
                    "message": "What did I study about SwiftUI?",
                    "context": {"include_notes": True, "max_context_notes": 10},
                }
            ]
        }
    }


class ChatCitation(BaseModel):
    """What `[position]` in the message stands on: the note, the second where it was said, and the words."""

    position: int
    note_id: UUID
    title: str
    recording_id: str | None
    start: float | None
    end: float | None
    quote: str


class ChatAnswer(BaseModel):
    """`confidence` is computed, 0 to 1; 0 where the notes say nothing. `engine` names who answered."""

    message: str
    confidence: float
    found: bool
    citations: list[ChatCitation]
    engine: str


class ContextNote(BaseModel):
    """A note that the answer was looked for in. `relevance` is its share of the best note's score, 0 to 1."""

    note_id: UUID
    title: str
    relevance: float


class SuggestedAction(BaseModel):
    """Something that a client can do: open a note at a second."""

    type: Literal["open_note"]
    label: str
    note_id: UUID
    recording_id: str | None
    start: float | None


class ChatResponse(BaseModel):
    """The protocol's answer."""

    response: ChatAnswer
    context_used: list[ContextNote]
    suggested_actions: list[SuggestedAction]
    conversation_id: UUID
