"""A user's batches, newest first, in pages: two queries, however many there are."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select, tuple_
from sqlalchemy.orm import Session

from ai_conspects.batches.schemas import BatchOut
from ai_conspects.core import pagination
from ai_conspects.models import AudioRecording, BatchStatus, ProcessingBatch, RecordingStatus


def page(
    session: Session, user_id: UUID, status: BatchStatus | None, cursor: str | None, limit: int
) -> pagination.Page[BatchOut]:
    """A page of them. Raises `InvalidCursor`."""
    of = f"batches {status}"
    place = tuple_(ProcessingBatch.created_at, ProcessingBatch.id)
    found = select(ProcessingBatch).where(ProcessingBatch.user_id == user_id)
    if status is not None:
        found = found.where(ProcessingBatch.status == status)
    if cursor is not None:
        at, key = pagination.decode(of, cursor, datetime.fromisoformat, UUID)
        found = found.where(place < tuple_(at, key))
    in_order = found.order_by(ProcessingBatch.created_at.desc(), ProcessingBatch.id.desc())
    rows = session.scalars(in_order.limit(limit + 1)).all()
    shown, counts = rows[:limit], _counts(session, [row.id for row in rows])
    last = shown[-1] if len(rows) > limit else None
    following = pagination.encode(of, [last.created_at.isoformat(), str(last.id)]) if last else None
    return pagination.Page(items=[_shown(row, *counts.get(row.id, (0, 0))) for row in shown], next_cursor=following)


def _counts(session: Session, batch_ids: list[UUID]) -> dict[UUID, tuple[int, int]]:
    """For each batch how many recordings it has, and how many of them have their notes."""
    processed = func.count().filter(AudioRecording.status == RecordingStatus.COMPLETED)
    found = (
        select(AudioRecording.batch_id, func.count(), processed)
        .where(AudioRecording.batch_id.in_(batch_ids))
        .group_by(AudioRecording.batch_id)
    )
    return {batch_id: (total, done) for batch_id, total, done in session.execute(found)}


def _shown(batch: ProcessingBatch, total: int, processed: int) -> BatchOut:
    return BatchOut(
        batch_id=batch.client_id,
        status=batch.status,
        progress_percentage=int(batch.progress.get("progress_percentage", 0)),
        recordings_processed=processed,
        total_recordings=total,
        error=batch.error_message,
        created_at=batch.created_at,
        updated_at=batch.updated_at,
        finished_at=batch.finished_at,
    )
