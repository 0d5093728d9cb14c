"""Decides about uploads: whether one is new, whose turn it is to append, and which bytes count."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from sqlalchemy.orm import Session

from ai_conspects.accounts.quotas import Usage, require_room
from ai_conspects.batches.errors import RecordingExists
from ai_conspects.core.clock import now
from ai_conspects.core.errors import Unprocessable
from ai_conspects.core.settings import LimitSettings
from ai_conspects.models import Upload
from ai_conspects.uploads import repository
from ai_conspects.uploads.errors import (
    OffsetMismatch,
    TooManyOpenUploads,
    TooManyParts,
    UploadExists,
    UploadLocked,
    UploadNotFound,
    UploadTooLarge,
)
from ai_conspects.uploads.repository import Part
from ai_conspects.uploads.wanted import Wanted

PREFIX = "uploads/"

LEASE_S = 10.0
"""How long a request that appends may be silent before another may take its turn."""

MOST_PARTS = 10_000


@dataclass(frozen=True)
class Turn:
    """The right to append to an upload from byte `start` on, until another one takes it."""

    upload_id: UUID
    user_id: UUID
    fence: int
    start: int
    length: int

    @property
    def prefix(self) -> str:
        """What the keys of its parts begin with; no word of the client's is in it."""
        return f"{PREFIX}{self.user_id}/{self.upload_id}/"


def create(
    session: Session, upload_id: UUID, user_id: UUID, length: int, header: str, asked: Wanted, limits: LimitSettings
) -> Upload:
    """The upload; the one that was begun before, if the same is asked for this recording again.

    Raises `UploadTooLarge`, `UploadExists`, `RecordingExists`, `TooManyOpenUploads`, `QuotaExceeded`, and
    `Unprocessable` for no bytes.
    """
    if length == 0:
        raise Unprocessable("A recording must not be empty.")
    if length > limits.max_recording_mb << 20:
        raise UploadTooLarge(limits.max_recording_mb)
    values: dict[str, Any] = {
        "id": upload_id,
        "user_id": user_id,
        "client_id": asked.recording_id,
        "length": length,
        "metadata_header": header,
        "wanted": asked.model_dump(mode="json"),
        "expires_at": now() + timedelta(hours=limits.upload_hours),
    }
    known = repository.find_of_recording(session, user_id, asked.recording_id)
    if known is not None and known.finished_at is None and known.expires_at <= now() and not _is_same(known, values):
        repository.remove(session, known.id)  # its objects go as orphans
        known = None
    if known is None:
        _check_room(session, user_id, asked.recording_id, limits)
        require_room(session, user_id, limits, Usage(recordings=1, bytes=length, audio_s=asked.duration or 0.0))
        made = repository.add(session, values)
        if made is not None:
            return made
        known = repository.find_of_recording(session, user_id, asked.recording_id)
    if known is None or not _is_same(known, values):
        raise UploadExists(asked.recording_id)
    known.expires_at = values["expires_at"]
    return known


def _is_same(known: Upload, values: dict[str, Any]) -> bool:
    return (known.length, known.wanted) == (values["length"], values["wanted"])


def _check_room(session: Session, user_id: UUID, recording_id: str, limits: LimitSettings) -> None:
    if repository.has_recording(session, user_id, recording_id):
        raise RecordingExists([recording_id])
    if repository.count_open(session, user_id) >= limits.max_open_uploads:
        raise TooManyOpenUploads(limits.max_open_uploads)


def find(session: Session, user_id: UUID, upload_id: UUID) -> Upload:
    """The user's upload. Raises `UploadNotFound`."""
    found = repository.find(session, user_id, upload_id)
    if found is None:
        raise UploadNotFound
    return found


def begin(session: Session, user_id: UUID, upload_id: UUID, offset: int | None = None) -> Turn | None:
    """Take the turn to append at `offset` (None: wherever it stands); None if the upload is finished already.

    Raises `UploadNotFound`, `OffsetMismatch`, `UploadLocked`.
    """
    upload = find(session, user_id, upload_id)
    if upload.finished_at is None:
        fence = repository.take_turn(session, upload_id, lease_s=LEASE_S)
        if fence is None:
            raise UploadLocked
        session.refresh(upload)  # as it is now that nobody else can append
        if offset in {None, upload.received}:
            return Turn(upload_id, user_id, fence, upload.received, upload.length)
    if offset not in {None, upload.received}:
        raise OffsetMismatch(upload.received)
    return None


def renew(session: Session, turn: Turn) -> None:
    """Keep the turn. Raises `UploadLocked` if another request has it."""
    if not repository.write(session, turn.upload_id, turn.fence, repository.lease(LEASE_S)):
        raise UploadLocked


def count(session: Session, turn: Turn, parts: Sequence[Part]) -> int:
    """Let durable bytes count; the new offset. Raises `UploadLocked`, `TooManyParts`."""
    offset = parts[-1].start + parts[-1].size
    if not repository.write(session, turn.upload_id, turn.fence, {"received": offset, **repository.lease(LEASE_S)}):
        raise UploadLocked
    repository.add_parts(session, turn.upload_id, parts)
    if repository.count_parts(session, turn.upload_id) > MOST_PARTS:
        raise TooManyParts(MOST_PARTS)
    return offset


def release(session: Session, turn: Turn) -> None:
    """Give the turn back."""
    repository.write(session, turn.upload_id, turn.fence, {"lease_until": None})


def terminate(session: Session, user_id: UUID, upload_id: UUID) -> list[str]:
    """End the upload; the keys of its objects, to be removed after the commit. A finished one's recording stays.

    A request that still appends finds its turn gone. Raises `UploadNotFound`.
    """
    return repository.remove(session, find(session, user_id, upload_id).id)
