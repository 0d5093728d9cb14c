"""A person's corrections of a transcript: the raw text is kept, doubts go, and only the later steps run again."""

from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.core.conditional import names
from ai_conspects.core.errors import FieldError, Unprocessable
from ai_conspects.models import AudioRecording, Segment
from ai_conspects.recordings import repository, service, transcripts
from ai_conspects.recordings.alignment import aligned, within
from ai_conspects.recordings.errors import StaleTranscript, TranscriptIncomplete
from ai_conspects.recordings.reopening import derive_again, take_idle
from ai_conspects.recordings.schemas import Corrections, SegmentCorrection
from ai_conspects.recordings.service import Transcribed

BEYOND_S = 1.0
"""Engines like to end a little after the end."""


def correct(
    session: Session, user_id: UUID, client_id: str, corrections: Corrections, *, if_match: str | None
) -> Transcribed:
    """Take all corrections, or none; the transcript as it is then. Nothing runs again for names of speakers alone.

    Raises `RecordingNotFound`, `TranscriptNotReady`, `TranscriptIncomplete`, `RecordingBusy`, `RecordingCancelled`,
    `StaleTranscript`, and `Unprocessable` for a segment that isn't there or times that can't be.
    """
    recording = service.find(session, user_id, client_id)
    take_idle(session, recording)
    found = service.transcribed(session, user_id, client_id)
    if not found.transcript.is_complete:
        raise TranscriptIncomplete
    if if_match is not None and not names(if_match, found.etag):
        raise StaleTranscript
    rows = _rows(session, found.transcript.id, corrections)
    derived_anew = [_apply(row, wanted) for row, wanted in zip(rows, corrections.segments, strict=True)]
    _check_times(recording, rows)
    session.flush()
    found.transcript.confidence = transcripts.confidence(repository.segments(session, found.transcript.id))
    found.transcript.revision += 1
    if any(derived_anew):
        derive_again(session, recording)
    session.flush()
    return found


def _rows(session: Session, transcript_id: UUID, corrections: Corrections) -> list[Segment]:
    """The segments that are named, in that order; those deleted before too, for they can be brought back."""
    ids = [wanted.id for wanted in corrections.segments]
    found = select(Segment).where(Segment.transcript_id == transcript_id, Segment.id.in_(ids))
    by_id = {row.id: row for row in session.scalars(found)}
    faults = [
        FieldError(("segments", at, "id"), "is no segment of this transcript")
        for at, one in enumerate(ids)
        if one not in by_id
    ]
    if faults:
        raise Unprocessable("The corrections name segments that this transcript doesn't have.", errors=tuple(faults))
    return [by_id[one] for one in ids]


def _apply(row: Segment, wanted: SegmentCorrection) -> bool:
    """Change the row; whether what was made of it must be made again."""
    before = (row.text, tuple(row.flags), row.start_s, row.end_s, row.is_deleted)
    if wanted.text is not None and (wanted.text != row.text or row.flags):
        _retext(row, wanted.text)
    if wanted.start is not None:
        row.start_s = wanted.start
    if wanted.end is not None:
        row.end_s = wanted.end
    if row.start_s is not None and row.end_s is not None and {"start", "end"} & wanted.model_fields_set:
        row.words = within(row.words, row.start_s, row.end_s)
    if "speaker" in wanted.model_fields_set:
        row.speaker = wanted.speaker
    if wanted.deleted is not None:
        row.is_deleted = wanted.deleted
    return before != (row.text, tuple(row.flags), row.start_s, row.end_s, row.is_deleted)


def _retext(row: Segment, text: str) -> None:
    """Another text, or the same one, which a person now vouches for."""
    if row.raw_text is None:
        row.raw_text = row.text
    row.is_corrected = True
    if text != row.text:
        row.words = aligned(row.words, text)
        row.confidence = None  # the engine's was in other words
    row.text = text
    row.flags = []


def _check_times(recording: AudioRecording, rows: list[Segment]) -> None:
    faults = []
    for at, row in enumerate(rows):
        if (row.start_s is None) != (row.end_s is None):
            faults.append(FieldError(("segments", at), "needs both start and end"))
        elif row.start_s is not None and row.end_s is not None and row.end_s < row.start_s:
            faults.append(FieldError(("segments", at, "end"), "is before its start"))
        elif row.end_s is not None and recording.s3_key and row.end_s > recording.duration + BEYOND_S:
            faults.append(FieldError(("segments", at, "end"), "is after the end of the recording"))
    if faults:
        raise Unprocessable("A segment's times can't be so.", errors=tuple(faults))
