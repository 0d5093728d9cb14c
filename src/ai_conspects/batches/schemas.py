"""Batches on the wire: what a submit brings, and what it and the status answer. The protocol's fields come first."""

import re
from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Query
from pydantic import AfterValidator, BaseModel, BeforeValidator, Field, PlainSerializer

from ai_conspects.accounts.preferences import TemplateName
from ai_conspects.core.clock import rfc3339
from ai_conspects.models import BatchStatus, RecordingStatus, StepName

# as JSON Schema tells them too, whose digits are Unicode's in some languages
_MOMENT = r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?([Zz]|[+-][0-9]{2}:?[0-9]{2})?"
_BASE64 = "^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{4}|[A-Za-z0-9+/]{3}=|[A-Za-z0-9+/]{2}==)$"
_LANGUAGE = r"[A-Za-z]{2,3}(-[A-Za-z]{4})?(-([A-Za-z]{2}|[0-9]{3}))?(-[A-Za-z0-9]{4,8})*"


def _moment(value: object) -> datetime:
    if not isinstance(value, str) or not re.fullmatch(_MOMENT, value):
        raise ValueError("must be a date and time such as 2025-09-18T14:30:00Z")
    try:
        moment = datetime.fromisoformat(value.upper())
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise ValueError("is no date and time that exists") from None


def _language(value: str) -> str:
    if value == "auto":
        return value
    if not re.fullmatch(_LANGUAGE, value):
        raise ValueError("must be 'auto' or a language tag (BCP 47) such as ru or en-GB")
    first, *others = value.split("-")
    cases = {2: str.upper, 4: str.title}
    return "-".join([first.lower(), *(cases.get(len(part), str.lower)(part) for part in others)])


def _or_empty(value: object) -> object:
    return {} if value is None else value


ClientId = Annotated[str, Field(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$")]
LANGUAGE: dict[str, Any] = {"type": "string", "pattern": f"^(auto|{_LANGUAGE})$", "maxLength": 35}
Moment = Annotated[datetime, BeforeValidator(_moment), Field(description="RFC 3339; without a zone it is UTC.")]
Language = Annotated[str, Field(max_length=35), AfterValidator(_language), Field(json_schema_extra=LANGUAGE)]
Time = Annotated[datetime, PlainSerializer(rfc3339, return_type=str)]


WithNotes = Annotated[bool, Query(description="Remove the notes that were made of it too.")]


class ProcessingSettings(BaseModel):
    """What to make of the recordings. Anything left out is as the protocol has it."""

    language: Language = Field("ru", description="`auto`, or a BCP 47 tag.")
    analysis_depth: Literal["brief", "detailed", "deep"] = "detailed"
    include_research: bool = True
    generate_tags: bool = True
    max_notes_per_recording: int = Field(3, ge=1, le=20)
    include_related_topics: bool = True
    template: TemplateName | None = Field(
        None,
        description="The notes' form: see `/templates`. Null: your default. One that isn't there refuses no recording: "
        "its notes are made without a form and say so.",
    )


class RecordingBody(BaseModel):
    """One recording. `duration` is in seconds, as the client has it; the server measures it later."""

    id: ClientId
    filename: str = Field(min_length=1, max_length=255, pattern=r"^[^\x00-\x1f\x7f]+$")
    duration: float = Field(ge=0, allow_inf_nan=False)
    audio_data: str = Field(
        description="The audio file in base64. Read and stored as it arrives.",
        json_schema_extra={"contentEncoding": "base64", "pattern": _BASE64},
    )
    created_at: Moment
    metadata: Annotated[dict[str, Any], BeforeValidator(_or_empty)] = {}


class SubmitBody(BaseModel):
    """A batch. Unknown fields are ignored, as the protocol's bodies always do."""

    batch_id: ClientId
    device_id: str = Field(min_length=1, max_length=255)
    settings: Annotated[ProcessingSettings, BeforeValidator(_or_empty)] = ProcessingSettings()
    recordings: list[RecordingBody] = Field(min_length=1)


class SubmitAnswer(BaseModel):
    """`estimated_time` is in whole minutes.

    `queue_position` is the place of the batch's next step among all that wait; 0 when none of it waits any more.
    """

    batch_id: str
    status: BatchStatus
    estimated_time: int
    queue_position: int
    processing_steps: list[StepName] = list(StepName)
    message: str = "Batch accepted for processing"


class Progress(BaseModel):
    """`current_step` is `pending` before the first step begins. `estimated_remaining` is in minutes."""

    current_step: StepName | Literal["pending"]
    completed_steps: list[StepName]
    progress_percentage: int = Field(ge=0, le=100)
    estimated_remaining: int = Field(ge=0)


class RecordingError(BaseModel):
    """Why a recording failed: a stable word, and a sentence."""

    code: str
    message: str


class RecordingProgress(BaseModel):
    """One recording of a batch. `progress` is in per cent; `step` is the one that it is in or waits for."""

    id: str
    filename: str
    status: RecordingStatus
    step: StepName | None
    progress: int = Field(ge=0, le=100)
    error: RecordingError | None


class BatchStatusAnswer(BaseModel):
    """How far a batch has come. `recordings_processed` counts those that have their notes."""

    batch_id: str
    status: BatchStatus
    progress: Progress
    recordings_processed: int
    total_recordings: int
    created_at: Time
    updated_at: Time
    recordings: list[RecordingProgress]


class BatchOut(BaseModel):
    """A batch in a list. `progress_percentage` is what was told last; the batch's own status has it to the moment."""

    batch_id: str
    status: BatchStatus
    progress_percentage: int = Field(ge=0, le=100)
    recordings_processed: int
    total_recordings: int
    error: str | None
    created_at: Time
    updated_at: Time
    finished_at: Time | None
