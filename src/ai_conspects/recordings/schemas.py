"""Recordings and their transcripts on the wire."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import AfterValidator, BaseModel, Field, StrictBool, StringConstraints, model_validator

from ai_conspects.batches.schemas import RecordingError, Time
from ai_conspects.core.http import Change, storable
from ai_conspects.engines.language_model.base import Usage
from ai_conspects.models import RecordingStatus, StepName

LONGEST_S = 1_000 * 3600
"""Seconds: no time in a transcript is later."""
MOST_CORRECTIONS = 500

Said = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=20_000), AfterValidator(storable)
]
Speaker = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=64), AfterValidator(storable)
]
Seconds = Annotated[float, Field(ge=0, le=LONGEST_S, allow_inf_nan=False)]


class RecordingItem(BaseModel):
    """A recording in a list. `duration` is in seconds: the client's word until it was measured."""

    id: str
    batch_id: str
    filename: str
    duration: float
    format: str | None
    file_size: int
    has_audio: bool
    status: RecordingStatus
    error: RecordingError | None
    created_at: Time
    received_at: Time


class RecordingDetails(RecordingItem):
    """A recording. `duration` is in seconds: the client's word until it was measured. `progress` is in per cent.

    `step` is the one that it is in, waits for or failed at; null when all are done. `engines` tells who did each step,
    `usage` what a step's calls of a language model have cost so far, `notices` what a reader must know of the result.
    An imported transcript has no audio.
    """

    sample_rate: int | None
    channels: int | None
    step: StepName | None
    progress: int = Field(ge=0, le=100)
    language: str | None
    engines: dict[StepName, str]
    usage: dict[StepName, Usage]
    notices: list[str]


class PeaksOut(BaseModel):
    """How loud a recording is over its `duration` in seconds: up to 1000 bars of equal length, the loudest 100.

    Empty until the audio was measured, and for recordings that came before this server drew waves.
    """

    duration: float
    peaks: list[int]


class WordOut(BaseModel):
    """A word, in seconds of the recording. `confidence` is the engine's, 0 to 1, null where it gave none."""

    text: str
    start: float
    end: float
    confidence: float | None


class SegmentOut(BaseModel):
    """A stretch of speech. Times are null where a text without times was imported.

    `flags` say why it is doubted (such a segment stays out of the notes); a person's correction clears them.
    `raw_text` is what the engine wrote, null where `text` is the same: neither cleaned nor corrected by a person.
    """

    id: UUID
    start: float | None
    end: float | None
    text: str
    confidence: float | None
    speaker: str | None
    flags: list[str]
    words: list[WordOut]
    corrected: bool
    raw_text: str | None


class TranscriptOut(BaseModel):
    """What was said, as far as it has come: to `done_until_s` of `duration` seconds, unless `is_complete`."""

    recording_id: str
    language: str | None
    language_probability: float | None
    engine: str
    notice: str | None
    confidence: float | None
    is_complete: bool
    done_until_s: float
    duration: float
    segments: list[SegmentOut]


class SegmentCorrection(Change):
    """What to change of one segment: only the fields that are there. `speaker: null` takes the name away.

    Sending a segment's own `text` says that it is right as it stands: its flags go.
    """

    CLEARED = frozenset({"speaker"})

    id: UUID
    text: Said | None = None
    speaker: Speaker | None = None
    start: Seconds | None = None
    end: Seconds | None = None
    deleted: StrictBool | None = None


class Corrections(BaseModel):
    """A person's corrections: all of them are taken, or none."""

    segments: list[SegmentCorrection] = Field(min_length=1, max_length=MOST_CORRECTIONS)

    @model_validator(mode="after")
    def _each_once(self) -> Self:
        if len({one.id for one in self.segments}) < len(self.segments):
            raise ValueError("one segment is named twice")
        return self
