"""Queries on uploads and their parts. What a client asks for is always scoped to its user."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import delete, exists, func, insert, or_, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import Session

from ai_conspects.core.ids import uuid7
from ai_conspects.models import AudioRecording, ProcessingBatch, Upload, UploadPart


@dataclass(frozen=True)
class Part:
    """Bytes in the store, durable: `start` to `start + size` of their upload."""

    start: int
    size: int
    key: str


def find(session: Session, user_id: UUID, upload_id: UUID) -> Upload | None:
    """The user's upload, unless it has expired."""
    mine = (Upload.id == upload_id, Upload.user_id == user_id, Upload.expires_at > func.now())
    return session.scalar(select(Upload).where(*mine))


def find_of_recording(session: Session, user_id: UUID, client_id: str) -> Upload | None:
    """The user's upload of this recording, held until the transaction ends; also one that has expired."""
    mine = (Upload.user_id == user_id, Upload.client_id == client_id)
    return session.scalar(select(Upload).where(*mine).with_for_update())


def add(session: Session, values: dict[str, Any]) -> Upload | None:
    """The new upload; None if the user has one of this recording. Waits for another creation of the same to end."""
    return session.scalar(
        postgresql.insert(Upload)
        .values(**values)
        .on_conflict_do_nothing(index_elements=["user_id", "client_id"])
        .returning(Upload)
    )


def has_recording(session: Session, user_id: UUID, client_id: str) -> bool:
    """Whether the user has a recording of this id."""
    mine = (AudioRecording.user_id == user_id, AudioRecording.client_id == client_id)
    return session.scalar(select(AudioRecording.id).where(*mine)) is not None


def count_open(session: Session, user_id: UUID) -> int:
    """How many of the user's uploads are unfinished and have not expired."""
    mine = (Upload.user_id == user_id, Upload.finished_at.is_(None), Upload.expires_at > func.now())
    return session.scalar(select(func.count()).select_from(Upload).where(*mine)) or 0


def take_turn(session: Session, upload_id: UUID, *, lease_s: float) -> int | None:
    """Begin to append: the new fence, None while another request does."""
    return session.scalar(
        update(Upload)
        .where(
            Upload.id == upload_id,
            Upload.finished_at.is_(None),
            func.coalesce(Upload.lease_until, func.to_timestamp(0)) < func.clock_timestamp(),
        )
        .values(fence=Upload.fence + 1, lease_until=_in(lease_s))
        .returning(Upload.fence)
        .execution_options(synchronize_session=False)
    )


def write(session: Session, upload_id: UUID, fence: int, values: dict[str, Any]) -> bool:
    """Change the upload if this fence is its newest; whether it was."""
    changed = session.scalar(
        update(Upload)
        .where(Upload.id == upload_id, Upload.fence == fence, Upload.finished_at.is_(None))
        .values(**values)
        .returning(Upload.id)
        .execution_options(synchronize_session=False)
    )
    return changed is not None


def lease(lease_s: float) -> dict[str, Any]:
    """The values that hold an upload for so long from now."""
    return {"lease_until": _in(lease_s)}


def add_parts(session: Session, upload_id: UUID, parts: Sequence[Part]) -> None:
    """Note durable bytes."""
    rows = [{"id": uuid7(), "upload_id": upload_id, **vars(part)} for part in parts]
    session.execute(insert(UploadPart), rows)


def count_parts(session: Session, upload_id: UUID) -> int:
    """In how many pieces it has come so far."""
    query = select(func.count()).select_from(UploadPart).where(UploadPart.upload_id == upload_id)
    return session.scalar(query) or 0


def parts_of(session: Session, upload_id: UUID) -> list[Part]:
    """Its bytes, in their order."""
    rows = session.execute(
        select(UploadPart.start, UploadPart.size, UploadPart.key)
        .where(UploadPart.upload_id == upload_id)
        .order_by(UploadPart.start)
    )
    return [Part(*row) for row in rows]


def forget_parts(session: Session, upload_id: UUID) -> list[str]:
    """Drop the rows of its parts; the keys of their objects, to be removed after the commit."""
    gone = delete(UploadPart).where(UploadPart.upload_id == upload_id).returning(UploadPart.key)
    return list(session.scalars(gone.execution_options(synchronize_session=False)))


def remove(session: Session, upload_id: UUID) -> list[str]:
    """Drop the upload's rows; the keys of its objects, to be removed after the commit."""
    keys = forget_parts(session, upload_id)
    session.execute(delete(Upload).where(Upload.id == upload_id).execution_options(synchronize_session=False))
    return keys


def known_keys(session: Session, keys: Sequence[str]) -> set[str]:
    """Those of the keys under which a part lies."""
    return set(session.scalars(select(UploadPart.key).where(UploadPart.key.in_(keys))))


def full(session: Session) -> list[tuple[UUID, UUID]]:
    """`(id, user)` of uploads whose bytes are all there and that nobody is finishing, those first that were not tried.

    Where a submit took the id of the recording or of its batch, nothing can be made of the bytes until that is removed.
    """
    free = func.coalesce(Upload.lease_until, func.to_timestamp(0)) < func.now()
    batch_id = func.coalesce(Upload.wanted["batch_id"].as_string(), Upload.client_id)
    taken = or_(
        exists().where(AudioRecording.user_id == Upload.user_id, AudioRecording.client_id == Upload.client_id),
        exists().where(ProcessingBatch.user_id == Upload.user_id, ProcessingBatch.client_id == batch_id),
    )
    query = select(Upload.id, Upload.user_id).where(
        Upload.finished_at.is_(None), Upload.received == Upload.length, Upload.expires_at > func.now(), free, ~taken
    )
    rows = session.execute(query.order_by(Upload.lease_until.asc().nulls_first(), Upload.id).limit(20))
    return [(row.id, row.user_id) for row in rows]


def expired(session: Session, limit: int) -> list[UUID]:
    """Uploads whose time is over and that nobody appends to, locked."""
    free = func.coalesce(Upload.lease_until, func.to_timestamp(0)) < func.now()
    query = select(Upload.id).where(Upload.expires_at < func.now(), free).limit(limit)
    return list(session.scalars(query.with_for_update(skip_locked=True)))


def _in(seconds: float) -> Any:
    return func.clock_timestamp() + timedelta(seconds=seconds)
