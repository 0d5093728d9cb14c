"""An upload whose bytes are all there becomes a recording and its batch: once, whoever asks and however often.

The parts are joined to one object, as every recording's audio is one; then all rows are written in one transaction.
"""

import hashlib
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
from anyio import to_thread
from sqlalchemy import func
from sqlalchemy.orm import Session

from ai_conspects.batches import repository as batches
from ai_conspects.batches.errors import RecordingExists
from ai_conspects.batches.removal import Removed, remove_audio
from ai_conspects.batches.service import accept
from ai_conspects.batches.submission import AUDIO_PREFIX, StagedAudio, Submission
from ai_conspects.core import failpoints
from ai_conspects.core.db import Database
from ai_conspects.core.ids import uuid7
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.uploads import repository, service
from ai_conspects.uploads.errors import UploadLocked, UploadNotFound
from ai_conspects.uploads.repository import Part
from ai_conspects.uploads.service import LEASE_S, Turn
from ai_conspects.uploads.wanted import as_submit


@dataclass(frozen=True)
class Finisher:
    """Finishes uploads with these parts."""

    store: ObjectStore
    database: Database

    async def finish(self, turn: Turn) -> None:
        """Make the recording. Raises `UploadLocked`, `RecordingExists`, `BatchExists`, `EngineUnavailable`."""
        parts = await to_thread.run_sync(self._parts, turn)
        audio = await self._joined(turn, parts)
        failpoints.reached("upload.joined")
        try:
            keys, is_new = await to_thread.run_sync(self._accept, turn, audio)
        except (UploadLocked, UploadNotFound, RecordingExists):  # what else may be is an orphan, for the sweeper
            await self._remove([audio.key])
            raise
        failpoints.reached("upload.finished")
        await self._remove(keys if is_new else [*keys, audio.key])

    def _parts(self, turn: Turn) -> list[Part]:
        with self.database.transaction(as_user=turn.user_id) as session:
            return repository.parts_of(session, turn.upload_id)

    async def _joined(self, turn: Turn, parts: list[Part]) -> StagedAudio:
        recording_id, digest, size = uuid7(), hashlib.sha256(), 0
        key = f"{AUDIO_PREFIX}{turn.user_id}/{recording_id}"
        async with self.store.writer(key) as writer:
            async for piece in self._pieces(turn, parts):
                digest.update(piece)
                size += len(piece)
                await writer.write(piece)
            if size != turn.length:
                raise EngineRejected(self.store.name, "Bytes of this upload are missing.", code="upload_damaged")
        return StagedAudio(recording_id, key, size, digest.digest())

    async def _pieces(self, turn: Turn, parts: list[Part]) -> AsyncIterator[bytes]:
        renewed_at = time.monotonic()
        for part in parts:
            pieces = self.store.read(part.key, 0, part.size)
            while (piece := await to_thread.run_sync(next, pieces, None)) is not None:
                yield piece
                if time.monotonic() - renewed_at > LEASE_S / 3:
                    await to_thread.run_sync(self._renew, turn)
                    renewed_at = time.monotonic()

    def _renew(self, turn: Turn) -> None:
        with self.database.transaction(as_user=turn.user_id) as session:
            service.renew(session, turn)

    def _accept(self, turn: Turn, audio: StagedAudio) -> tuple[list[str], bool]:
        with self.database.transaction(as_user=turn.user_id) as session:
            made = accepted(session, turn, audio)
            failpoints.reached("upload.before_commit")
            return made

    async def _remove(self, keys: list[str]) -> None:
        if not keys:
            return
        with anyio.CancelScope(shield=True):
            await to_thread.run_sync(remove_audio, self.store, Removed(tuple(keys)))


def accepted(session: Session, turn: Turn, audio: StagedAudio) -> tuple[list[str], bool]:
    """Write the recording, its batch and steps, and the upload's end; the keys of the parts, and whether it is new."""
    service.renew(session, turn)  # locks the row: the fence holds from here
    upload = service.find(session, turn.user_id, turn.upload_id)
    device_id = batches.device_id(session, turn.user_id)
    submission = Submission(turn.user_id, as_submit(upload, device_id or ""), (audio,))
    _, is_new = accept(session, submission)
    recording_id = batches.recording_id(session, turn.user_id, upload.client_id)
    ended = {"recording_id": recording_id, "finished_at": func.now(), "lease_until": None}
    if not repository.write(session, turn.upload_id, turn.fence, ended):
        raise UploadLocked
    return repository.forget_parts(session, turn.upload_id), is_new
