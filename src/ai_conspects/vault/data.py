"""What a vault keeps of notes and recordings beside their readable files, so that an import gives the same back.

Read from files that anybody may have changed: every field has its bounds.
"""

import hashlib
import json
from datetime import datetime
from typing import Annotated, Any, Literal, TypeVar
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ai_conspects.batches.schemas import ClientId
from ai_conspects.core.http import PlainText
from ai_conspects.models import RelationshipType
from ai_conspects.notes.basis import Basis
from ai_conspects.notes.bodies import LONGEST_SUMMARY, LONGEST_TITLE
from ai_conspects.vault.errors import InvalidVault

LONGEST_CONTENT = 1_000_000

Share = Annotated[float, Field(allow_inf_nan=False), AfterValidator(lambda value: min(1.0, max(0.0, value)))]
Seconds = Annotated[float, Field(ge=0, le=4_000_000, allow_inf_nan=False)]
Count = Annotated[int, Field(ge=0, le=2**31 - 1)]
Short = Annotated[PlainText, Field(max_length=128)]
Text = Annotated[PlainText, Field(max_length=100_000)]


class Kept(BaseModel):
    """Of fields that a later release knows, this one takes no notice."""

    model_config = ConfigDict(extra="ignore")


class KeptTag(Kept):
    name: Annotated[PlainText, Field(min_length=1, max_length=50)]
    color: Annotated[PlainText, Field(max_length=20)]
    confidence: Share | None = None


class KeptSource(Kept):
    title: Annotated[PlainText, Field(max_length=500)]
    url: Annotated[PlainText, Field(max_length=1000)] | None
    type: Annotated[PlainText, Field(max_length=50)]
    relevance: Share
    quote: Text | None


class KeptCitation(Kept):
    position: Count
    start_s: Seconds | None
    end_s: Seconds | None
    quote: Text


class KeptSentence(Kept):
    text: Text
    start_s: Seconds | None = None
    end_s: Seconds | None = None
    confidence: Share | None = None


class KeptChunk(Kept):
    position: Count
    text: Text
    is_authored: bool
    start_s: Seconds | None
    end_s: Seconds | None
    sentences: Annotated[list[KeptSentence], Field(max_length=10_000)]


class KeptNote(Kept):
    """A note but for its words, of which `digests` tell whether they were changed since."""

    id: UUID
    recording_id: ClientId | None
    position: Count
    type: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
    language: Annotated[str, Field(pattern=r"^[A-Za-z0-9-]{1,35}$")]
    complexity_level: Annotated[str, Field(pattern=r"^[a-z_]{1,20}$")]
    confidence: Share | None
    coverage: Share | None
    engine: Short
    reading_time: Count
    view_count: Count
    is_read: bool
    is_favorite: bool
    created_at: datetime
    updated_at: datetime
    edited_at: datetime | None
    edited_fields: Annotated[list[Literal["title", "summary", "content", "tags"]], Field(max_length=4)]
    tags: Annotated[list[KeptTag], Field(max_length=500)]
    sources: Annotated[list[KeptSource], Field(max_length=1_000)]
    citations: Annotated[list[KeptCitation], Field(max_length=10_000)]
    chunks: Annotated[list[KeptChunk], Field(max_length=10_000)]
    digests: dict[str, str]
    basis: Basis | None = None


class Words(Kept):
    """What a person reads of a note, and may have changed in the file."""

    title: Annotated[PlainText, Field(min_length=1, max_length=LONGEST_TITLE)]
    summary: Annotated[PlainText, Field(max_length=max(LONGEST_SUMMARY, 100_000))] | None
    content: Annotated[PlainText, Field(max_length=LONGEST_CONTENT)]

    @property
    def digests(self) -> dict[str, str]:
        """By which a change is seen."""
        return {name: hashlib.sha256((value or "").encode()).hexdigest() for name, value in self}


class KeptWord(Kept):
    text: Text
    start_s: Seconds
    end_s: Seconds
    confidence: Share | None


class KeptSegment(Kept):
    position: Count
    start_s: Seconds | None
    end_s: Seconds | None
    text: Text
    raw_text: Text | None
    confidence: Share | None
    speaker: Annotated[PlainText, Field(max_length=64)] | None
    flags: Annotated[list[Annotated[PlainText, Field(max_length=32)]], Field(max_length=20)]
    words: Annotated[list[KeptWord], Field(max_length=20_000)]
    is_corrected: bool
    is_deleted: bool


class KeptTranscript(Kept):
    language: Annotated[str, Field(max_length=35)] | None
    language_probability: Share | None
    engine: Short
    notice: Text | None
    confidence: Share | None
    done_until_s: Seconds
    is_complete: bool
    segments: Annotated[list[KeptSegment], Field(max_length=200_000)]


class KeptRecording(Kept):
    """A recording. `audio` is the path of its file in the vault, None where it has none."""

    id: ClientId
    filename: Annotated[PlainText, Field(min_length=1, max_length=255)]
    audio: Annotated[PlainText, Field(max_length=500)] | None
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    duration: Seconds
    file_size: Annotated[int, Field(ge=0, le=2**53)]
    format: Annotated[PlainText, Field(max_length=10)] | None
    sample_rate: Count | None
    channels: Count | None
    client_metadata: dict[str, Any]
    is_processed: bool
    created_at: datetime
    received_at: datetime
    settings: dict[str, Any]
    transcript: KeptTranscript | None


class KeptRelationship(Kept):
    """Between two notes by the ids that they have in this vault."""

    note_1_id: UUID
    note_2_id: UUID
    from_note_id: UUID | None = None
    relationship_type: RelationshipType
    strength: Share
    description: Text | None


class Manifest(Kept):
    """What makes a zip a vault of this server's. `missing` names recordings whose audio the store had lost."""

    format: Literal["ai-conspects-vault"] = "ai-conspects-vault"
    version: Literal[1] = 1
    exported_at: datetime
    notes: Count
    recordings: Count
    missing: Annotated[list[ClientId], Field(max_length=1_000_000)] = []
    tags: Annotated[list[KeptTag], Field(max_length=100_000)]
    relationships: Annotated[list[KeptRelationship], Field(max_length=1_000_000)]


Data = TypeVar("Data", bound=BaseModel)


def parsed(model: type[Data], path: str, data: bytes) -> Data:
    """A file of data as this model. Raises `InvalidVault`."""
    try:
        return model.model_validate(json.loads(data))
    except ValidationError as error:
        place = ".".join(map(str, error.errors(include_input=False)[0]["loc"]))[:100]
        raise InvalidVault(f"it is not as this server writes it ({place})", path) from None
    except (ValueError, RecursionError):
        raise InvalidVault("it is no JSON", path) from None
