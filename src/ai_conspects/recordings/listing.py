"""A user's recordings, the last recorded first, in pages: one query for a page."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import select, tuple_
from sqlalchemy.orm import Session

from ai_conspects.batches.schemas import RecordingError
from ai_conspects.core import pagination
from ai_conspects.models import AudioRecording, ProcessingBatch, RecordingStatus
from ai_conspects.recordings.schemas import RecordingItem


def page(
    session: Session,
    user_id: UUID,
    *,
    status: RecordingStatus | None,
    batch_id: str | None,
    cursor: str | None,
    limit: int,
) -> pagination.Page[RecordingItem]:
    """A page of them; `batch_id` is the client's. Raises `InvalidCursor`."""
    of = f"recordings {status} {batch_id}"
    found = (
        select(AudioRecording, ProcessingBatch.client_id)
        .join(ProcessingBatch, ProcessingBatch.id == AudioRecording.batch_id)
        .where(AudioRecording.user_id == user_id)
    )
    if status is not None:
        found = found.where(AudioRecording.status == status)
    if batch_id is not None:
        found = found.where(ProcessingBatch.client_id == batch_id)
    if cursor is not None:
        at, key = pagination.decode(of, cursor, datetime.fromisoformat, UUID)
        place = tuple_(AudioRecording.created_at, AudioRecording.id)
        found = found.where(place < tuple_(at, key))
    in_order = found.order_by(AudioRecording.created_at.desc(), AudioRecording.id.desc())
    rows = session.execute(in_order.limit(limit + 1)).all()
    last = rows[limit - 1][0] if len(rows) > limit else None
    following = pagination.encode(of, [last.created_at.isoformat(), str(last.id)]) if last else None
    return pagination.Page(items=[_shown(*row) for row in rows[:limit]], next_cursor=following)


def _shown(recording: AudioRecording, batch_id: str) -> RecordingItem:
    error = None
    if recording.error_code:
        error = RecordingError(code=recording.error_code, message=recording.error_message or "It failed.")
    return RecordingItem(
        id=recording.client_id,
        batch_id=batch_id,
        filename=recording.filename,
        duration=round(recording.duration, 2),
        format=recording.format,
        file_size=recording.file_size,
        has_audio=recording.s3_key is not None,
        status=recording.status,
        error=error,
        created_at=recording.created_at,
        received_at=recording.received_at,
    )
