"""The chat on the wire: the protocol's fields, and the citations that we add."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StrictBool, StringConstraints

from ai_conspects.core.http import PlainText, storable

Question = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=4_000), AfterValidator(storable)
]


class ChatContext(BaseModel):
    """Which notes an answer may stand on."""

    include_notes: StrictBool = Field(
        True, description="false: no note is looked at, so nothing can be answered from them."
    )
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
    chunk_id: UUID
    title: str
    recording_id: str | None
    start: float | None
    end: float | None
    quote: str


class Notice(BaseModel):
    """Why the answer is not the one that was meant to be: `code` for machines, `detail` for people."""

    code: str
    detail: str


class ChatAnswer(BaseModel):
    """`confidence` is computed, 0 to 1; 0 where the notes say nothing. `engine` names who answered.

    `notice` is set where the language model failed and the notes' own sentences answer in its place.
    """

    message: str
    confidence: float
    found: bool
    citations: list[ChatCitation]
    engine: str
    notice: Notice | None = None


class ContextNote(BaseModel):
    """A note that the answer was looked for in. `relevance` is its share of the best note's score, 0 to 1."""

    note_id: UUID
    title: str
    relevance: float


class SuggestedAction(BaseModel):
    """A call of this API that can be made as it is: `method`, `path` (with its query) and `body`.

    `open_note` says beside it at which second of which recording the note's words were said.
    """

    type: Literal["open_note", "create_note", "search", "retry_batch"]
    label: str
    method: Literal["GET", "POST"]
    path: str
    body: dict[str, Any] | None = None
    note_id: UUID | None = None
    recording_id: str | None = None
    start: float | None = None


class ChatResponse(BaseModel):
    """The protocol's answer."""

    response: ChatAnswer
    context_used: list[ContextNote]
    suggested_actions: list[SuggestedAction]
    conversation_id: UUID


Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=200), AfterValidator(storable)]


class ConversationChange(BaseModel):
    """A new name."""

    model_config = ConfigDict(extra="forbid")

    title: Title


class ConversationOut(BaseModel):
    """A conversation; it is called by its first question until it is renamed."""

    id: UUID
    title: str
    created_at: datetime
    updated_at: datetime


class MessageOut(BaseModel):
    """A turn. Of an answer, `response` and `context_used` are what was answered then; `asked_as` is the form in which
    a question that leaned on others was understood."""

    id: UUID
    role: Literal["user", "assistant"]
    message: str
    created_at: datetime
    response: ChatAnswer | None = None
    context_used: list[ContextNote] | None = None
    asked_as: str | None = None


class WholeConversation(ConversationOut):
    """A conversation and its latest messages, oldest first; `more` says that there are earlier ones."""

    messages: list[MessageOut]
    more: bool
