"""One recording as the body of a request: its bytes go to the store as they come, then all rows in one transaction."""

import hashlib
from collections.abc import AsyncIterator
from uuid import UUID

import anyio
from anyio import to_thread
from sqlalchemy.orm import Session

from ai_conspects.batches import repository as batches
from ai_conspects.batches import service as batch_service
from ai_conspects.batches.errors import BatchExists, RecordingExists
from ai_conspects.batches.removal import Removed, remove_audio
from ai_conspects.batches.submission import AUDIO_PREFIX, StagedAudio, Submission
from ai_conspects.core.clock import now
from ai_conspects.core.db import Database
from ai_conspects.core.errors import DomainError, Unprocessable
from ai_conspects.core.ids import uuid7
from ai_conspects.core.settings import LimitSettings
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.recordings import repository, service
from ai_conspects.recordings.schemas import RecordingDetails
from ai_conspects.uploads.errors import UploadTooLarge
from ai_conspects.uploads.wanted import Wanted, to_submit


async def stage(store: ObjectStore, user_id: UUID, pieces: AsyncIterator[bytes], most_mb: int) -> StagedAudio:
    """The bytes, durable in the store, with no row yet; nothing remains where it fails.

    Raises `UploadTooLarge`, `Unprocessable` for no bytes, and what `pieces` and the store raise.
    """
    recording_id, digest, size = uuid7(), hashlib.sha256(), 0
    key = f"{AUDIO_PREFIX}{user_id}/{recording_id}"
    async with store.writer(key) as writer:
        async for piece in pieces:
            size += len(piece)
            if size > most_mb << 20:
                raise UploadTooLarge(most_mb)
            digest.update(piece)
            await writer.write(piece)
        if size == 0:
            raise Unprocessable("A recording must not be empty.")
    return StagedAudio(recording_id, key, size, digest.digest())


async def keep(
    store: ObjectStore, database: Database, user_id: UUID, asked: Wanted, audio: StagedAudio, limits: LimitSettings
) -> tuple[RecordingDetails, bool]:
    """The recording in a batch of its own, and whether it is new: else the same was sent before, and stands.

    Raises `RecordingExists`, `BatchExists`, `QuotaExceeded`.
    """
    try:
        details, is_new = await to_thread.run_sync(_accept, database, user_id, asked, audio, limits)
    except DomainError:
        await discard(store, audio)
        raise
    if not is_new:
        await discard(store, audio)
    return details, is_new


async def discard(store: ObjectStore, audio: StagedAudio) -> None:
    """Take staged audio away again."""
    with anyio.CancelScope(shield=True):
        await to_thread.run_sync(remove_audio, store, Removed((audio.key,)))


def _accept(
    database: Database, user_id: UUID, asked: Wanted, audio: StagedAudio, limits: LimitSettings
) -> tuple[RecordingDetails, bool]:
    try:
        with database.transaction(as_user=user_id) as session:
            known = _known(session, user_id, asked, audio)
            if known is not None:
                return known, False
            device_id = batches.device_id(session, user_id) or ""
            submission = Submission(user_id, to_submit(asked, now(), device_id), (audio,))
            _, is_new = batch_service.accept(session, submission, limits)
            return service.details(session, service.find(session, user_id, asked.recording_id)), is_new
    except (RecordingExists, BatchExists):  # perhaps by the same request, at the same moment
        with database.transaction(as_user=user_id) as session:
            known = _known(session, user_id, asked, audio)
        if known is None:
            raise
        return known, False


def _known(session: Session, user_id: UUID, asked: Wanted, audio: StagedAudio) -> RecordingDetails | None:
    """The recording of this id, if it is here with the same audio. Raises `RecordingExists` where it has another."""
    known = repository.find(session, user_id, asked.recording_id)
    if known is None:
        return None
    if known.sha256 != audio.sha256:
        raise RecordingExists([asked.recording_id])
    return service.details(session, known)
