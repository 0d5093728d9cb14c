"""Rows of recordings and transcripts, as clients see them. It asks the database for nothing."""

from collections.abc import Sequence
from typing import Any

from ai_conspects.batches.progress import ENDED, share_done
from ai_conspects.batches.schemas import RecordingError
from ai_conspects.batches.service import shares_of
from ai_conspects.batches.states import RecordingState, StepState
from ai_conspects.engines.language_model.base import Usage
from ai_conspects.models import (
    AudioRecording,
    ProcessingBatch,
    RecordingStatus,
    RecordingStep,
    Segment,
    StepName,
    StepStatus,
    Transcript,
)
from ai_conspects.recordings.formats.reading import Heading, clock
from ai_conspects.recordings.formats.spoken import DOUBT
from ai_conspects.recordings.schemas import RecordingDetails, SegmentOut, TranscriptOut, WordOut
from ai_conspects.recordings.telling import rounded


def state_of(recording: AudioRecording, steps: Sequence[RecordingStep]) -> RecordingState:
    """A recording and its steps, in their order, for the functions that reckon progress."""
    by_name = {
        step.name: StepState(step.name, step.status, step.progress, step.error_code, step.error_message)
        for step in steps
    }
    return RecordingState(
        recording.id,
        recording.client_id,
        recording.filename,
        recording.duration,
        recording.status,
        tuple(by_name[name] for name in StepName if name in by_name),
    )


def details(
    recording: AudioRecording,
    batch: ProcessingBatch,
    steps: Sequence[RecordingStep],
    language: str | None,
) -> RecordingDetails:
    """The recording with how far it has come, who did what, and what its reader must know."""
    state = state_of(recording, steps)
    status, step, failed = state.status, state.open_step, state.failed_step
    share = 100 * share_done(state, shares_of(batch))
    return RecordingDetails(
        id=recording.client_id,
        batch_id=batch.client_id,
        filename=recording.filename,
        duration=round(recording.duration, 2),
        format=recording.format,
        sample_rate=recording.sample_rate,
        channels=recording.channels,
        file_size=recording.file_size,
        has_audio=recording.s3_key is not None,
        status=status,
        step=step.name if step else None,
        progress=100 if status in ENDED - {RecordingStatus.CANCELLED} else min(99, int(share)),
        error=None if failed is None else _error(failed),
        language=language,
        created_at=recording.created_at,
        received_at=recording.received_at,
        engines={step.name: step.engine for step in steps if step.engine},
        usage={step.name: Usage.model_validate(step.usage) for step in steps if (step.usage or {}).get("calls")},
        notices=list(dict.fromkeys(notice for step in steps if (notice := step.notice or _waits_for(step)))),
    )


def transcript(recording: AudioRecording, found: Transcript, segments: Sequence[Segment]) -> TranscriptOut:
    """The transcript with these of its segments."""
    return TranscriptOut(
        recording_id=recording.client_id,
        language=found.language,
        language_probability=found.language_probability,
        engine=found.engine,
        notice=found.notice,
        confidence=rounded(found.confidence),
        is_complete=found.is_complete,
        done_until_s=round(found.done_until_s, 3),
        duration=round(recording.duration, 3),
        segments=[_segment(segment) for segment in segments],
    )


def heading(recording: AudioRecording, found: Transcript, segments: Sequence[Segment]) -> Heading:
    """What stands above a transcript in Markdown."""
    facts = [clock(recording.duration)] if recording.duration else []
    facts += [fact for fact in (found.language, found.engine) if fact]
    if found.confidence is not None:
        facts.append(f"confidence {found.confidence:.2f}")
    notices = [found.notice] if found.notice else []
    if not found.is_complete:
        notices.append(f"Not complete: transcribed up to {clock(found.done_until_s)} so far.")
    if any(segment.flags for segment in segments):
        notices.append(f"{DOUBT} stands before what the speech engine doubts.")
    return Heading(recording.filename, facts, notices)


def _waits_for(step: RecordingStep) -> str | None:
    """What keeps a step waiting that was begun before: an engine that is away, a budget."""
    return step.error_message if step.status == StepStatus.DUE else None


def _error(failed: StepState) -> RecordingError:
    return RecordingError(code=failed.error_code or "internal_error", message=failed.error_message or "It failed.")


def _segment(row: Segment) -> SegmentOut:
    return SegmentOut(
        id=row.id,
        start=rounded(row.start_s),
        end=rounded(row.end_s),
        text=row.text,
        confidence=rounded(row.confidence),
        speaker=row.speaker,
        flags=row.flags,
        words=[_word(word) for word in row.words],
        corrected=row.is_corrected,
        raw_text=row.raw_text,
    )


def _word(word: dict[str, Any]) -> WordOut:
    return WordOut(
        text=word["text"],
        start=round(word["start_s"], 3),
        end=round(word["end_s"], 3),
        confidence=rounded(word["confidence"]),
    )
