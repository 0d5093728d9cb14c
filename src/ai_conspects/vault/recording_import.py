"""A recording out of a vault: its audio to the store, checked by its digest, its transcript and steps to the database.

One that was processed is finished here too; of one that was not, the audio is taken and processed as if it came anew.
"""

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from pydantic import ValidationError
from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from ai_conspects.accounts.quotas import require_room
from ai_conspects.batches.removal import Removed, remove_audio
from ai_conspects.batches.schemas import ProcessingSettings
from ai_conspects.batches.service import RUN_STEP, refresh_batch
from ai_conspects.batches.submission import AUDIO_PREFIX
from ai_conspects.core.db import Database
from ai_conspects.core.ids import uuid7
from ai_conspects.core.jobs import Job, enqueue
from ai_conspects.core.settings import LimitSettings
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.models import (
    STEP_QUEUES,
    AudioRecording,
    BatchStatus,
    ProcessingBatch,
    RecordingStatus,
    RecordingStep,
    Segment,
    StepName,
    StepStatus,
    Transcript,
)
from ai_conspects.vault.data import KeptRecording, parsed
from ai_conspects.vault.errors import InvalidVault
from ai_conspects.vault.opening import Vault

ENGINE = "import:vault"
_ROW = {
    "filename", "duration", "file_size", "format", "sample_rate", "channels", "client_metadata", "is_processed",
    "created_at", "received_at",
}  # fmt: skip


@dataclass(frozen=True)
class RecordingImport:
    """One recording for one user."""

    database: Database
    store: ObjectStore
    user_id: UUID
    vault: Vault
    limits: LimitSettings

    def run(self, path: str, data: bytes) -> tuple[str, UUID, bool]:
        """The recording's id in the vault, its key here, and whether it is new.

        Raises `InvalidVault`, `QuotaExceeded`.
        """
        kept = parsed(KeptRecording, path, data)
        with self.database.transaction(as_user=self.user_id) as session:
            known = self._known(session, kept)
        if known is not None:
            return kept.id, known, False
        recording_id = uuid7()
        key = None if kept.audio is None else f"{AUDIO_PREFIX}{self.user_id}/{recording_id}"
        stands = False
        try:
            if key is not None and kept.audio is not None:
                kept = kept.model_copy(update={"file_size": self._store_audio(key, kept.audio, kept.sha256)})
            with self.database.transaction(as_user=self.user_id) as session:
                session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"import:{self.user_id}", 0))))
                known = self._known(session, kept)
                if known is None:
                    _add(session, self.user_id, recording_id, key, kept, self._client_id(session, kept))
                    require_room(session, self.user_id, self.limits)
                    stands = True  # before the commit: should its answer be lost, the row may stand all the same
        finally:
            if key is not None and not stands:
                remove_audio(self.store, Removed((key,)))
        return kept.id, known or recording_id, known is None

    def _known(self, session: Session, kept: KeptRecording) -> UUID | None:
        """The user's recording of this id and this content."""
        ids = (kept.id, _other_id(kept))
        mine = (AudioRecording.user_id == self.user_id, AudioRecording.client_id.in_(ids))
        return session.scalar(
            select(AudioRecording.id).where(*mine, AudioRecording.sha256 == bytes.fromhex(kept.sha256)).limit(1)
        )

    def _client_id(self, session: Session, kept: KeptRecording) -> str:
        """Its own id, or another where that is taken by another recording."""
        mine = (AudioRecording.user_id == self.user_id, AudioRecording.client_id == kept.id)
        return kept.id if session.scalar(select(AudioRecording.id).where(*mine)) is None else _other_id(kept)

    def _store_audio(self, key: str, path: str, sha256: str) -> int:
        """Stream the audio to the store; its size. Raises `InvalidVault` where it isn't what was exported."""
        counted = _Counted(self.vault.pieces(path), self.limits.max_recording_mb << 20, path)
        self.store.put_file(key, io.BufferedReader(counted, 1 << 20))
        if counted.digest.hexdigest() != sha256:
            raise InvalidVault("it is not the audio that was exported", path)
        return counted.size


class _Counted(io.RawIOBase):
    """Pieces as a file, counted and digested on their way."""

    def __init__(self, pieces: Iterator[bytes], most_bytes: int, path: str) -> None:
        self.size, self.digest = 0, hashlib.sha256()
        self._pieces, self._most, self._path, self._rest = pieces, most_bytes, path, b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        piece = self._rest or next(self._pieces, b"")
        taken, self._rest = piece[: len(buffer)], piece[len(buffer) :]
        buffer[: len(taken)] = taken
        self.size += len(taken)
        self.digest.update(taken)
        if self.size > self._most:
            raise InvalidVault("it is larger than a recording may be", self._path)
        return len(taken)


def _other_id(kept: KeptRecording) -> str:
    return f"{kept.id[:110]}.{kept.sha256[:12]}"


def _add(
    session: Session, user_id: UUID, recording_id: UUID, key: str | None, kept: KeptRecording, client_id: str
) -> None:
    is_done = kept.is_processed or key is None
    batch_id = uuid7()
    session.add(
        ProcessingBatch(
            id=batch_id,
            client_id=f"vault:{batch_id}",
            user_id=user_id,
            status=BatchStatus.ACCEPTED,
            settings=_settings(kept.settings),
            content_sha256=bytes.fromhex(kept.sha256),
        )
    )
    session.flush()
    row = kept.model_dump(include=_ROW) | {"is_processed": is_done}
    session.add(
        AudioRecording(
            id=recording_id,
            client_id=client_id,
            batch_id=batch_id,
            user_id=user_id,
            position=0,
            s3_key=key,
            sha256=bytes.fromhex(kept.sha256),
            status=RecordingStatus.COMPLETED if is_done else RecordingStatus.PENDING,
            **row,
        )
    )
    session.flush()
    if is_done:
        _add_transcript(session, user_id, recording_id, kept)
    _add_steps(session, user_id, batch_id, recording_id, is_done=is_done)
    refresh_batch(session, batch_id)


def _settings(given: dict[str, Any]) -> dict[str, Any]:
    """The settings with which it was processed, as far as they are any."""
    try:
        return ProcessingSettings.model_validate(given).model_dump(mode="json")
    except ValidationError:
        return ProcessingSettings().model_dump(mode="json")


def _add_transcript(session: Session, user_id: UUID, recording_id: UUID, kept: KeptRecording) -> None:
    if kept.transcript is None:
        return
    made = Transcript(
        id=uuid7(), recording_id=recording_id, user_id=user_id, **kept.transcript.model_dump(exclude={"segments"})
    )
    session.add(made)
    session.flush()
    rows = [one.model_dump() | {"transcript_id": made.id, "user_id": user_id} for one in kept.transcript.segments]
    for at in range(0, len(rows), 1_000):
        session.execute(insert(Segment), rows[at : at + 1_000])


def _add_steps(session: Session, user_id: UUID, batch_id: UUID, recording_id: UUID, *, is_done: bool) -> None:
    """All done, or as a submit leaves them: the first is due."""
    for name in StepName:
        step = RecordingStep(
            recording_id=recording_id, batch_id=batch_id, user_id=user_id, name=name, queue=STEP_QUEUES[name]
        )
        if is_done:
            step.status, step.progress, step.engine, step.finished_at = StepStatus.DONE, 1.0, ENGINE, func.now()
        elif name == StepName.AUDIO_UPLOAD:
            step.status, step.due_at = StepStatus.DUE, func.now()
        session.add(step)
        session.flush()
        if step.status == StepStatus.DUE:
            enqueue(session, Job(RUN_STEP, STEP_QUEUES[name], step.id))
