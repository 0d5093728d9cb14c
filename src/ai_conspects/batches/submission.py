"""Receives a submit: audio goes to the store while the body arrives; what remains of a refused one is nothing.

Nothing is decided here about the database: `service.py` does that, once everything is stored.
"""

import hashlib
import json
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass
from uuid import UUID

import anyio
import structlog
from anyio import to_thread

from ai_conspects.batches.checking import checked_body
from ai_conspects.batches.errors import BodyTooLarge, RecordingTooLarge
from ai_conspects.batches.json_stream import AudioData, AudioRefused, AudioStarted, Event, SubmitScanner
from ai_conspects.batches.schemas import SubmitBody
from ai_conspects.core import failpoints
from ai_conspects.core.errors import DomainError
from ai_conspects.core.ids import uuid7
from ai_conspects.core.settings import LimitSettings
from ai_conspects.engines.errors import EngineError
from ai_conspects.engines.object_storage.base import ObjectStore

log = structlog.get_logger()

AUDIO_PREFIX = "audio/"


@dataclass(frozen=True)
class StagedAudio:
    """A recording's audio in the store, durable, with no row yet."""

    recording_id: UUID
    key: str
    size_bytes: int
    sha256: bytes


@dataclass(frozen=True)
class Submission:
    """A submit that is complete and in order. `audio` is in the order of `body.recordings`."""

    user_id: UUID
    body: SubmitBody
    audio: tuple[StagedAudio, ...]

    @property
    def content_sha256(self) -> bytes:
        """Equal for two submits that mean the same: settings, ids, metadata and audio."""
        content = self.body.model_dump(mode="json")
        if content["settings"]["template"] is None:  # what was sent before there were templates is still the same
            del content["settings"]["template"]
        for recording, audio in zip(content["recordings"], self.audio, strict=True):
            recording["audio_data"] = audio.sha256.hex()
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


class Reception:
    """Reads one submit. Use it as a context: what it has stored is removed at the end unless `keep` was called."""

    def __init__(self, store: ObjectStore, user_id: UUID, limits: LimitSettings) -> None:
        self._store = store
        self._user_id = user_id
        self._limits = limits
        self._received = 0
        self._keys: list[str] = []
        self._audio: dict[int, StagedAudio] = {}
        self._faults: dict[int, str] = {}

    async def __aenter__(self) -> "Reception":
        return self

    async def __aexit__(self, *_: object) -> None:
        if not self._keys:
            return
        with anyio.CancelScope(shield=True):
            try:
                await to_thread.run_sync(self._store.delete, self._keys)
            except EngineError as error:
                log.warning("submit.not_removed", keys=len(self._keys), error=error.code)  # the sweeper will

    def keep(self) -> None:
        """The database may know of the audio from now on: it stays, whatever happens."""
        self._keys = []

    async def read(self, chunks: AsyncIterator[bytes]) -> Submission:
        """The submit. Raises a `DomainError` once the body is over, so that the client hears of it."""
        scanner = SubmitScanner(max_recordings=self._limits.max_recordings)
        try:
            async with aclosing(self._events(scanner, chunks)) as events:
                await self._take(events)
            body = checked_body(scanner.finish().parse(), self._faults, self._limits)
            return Submission(self._user_id, body, tuple(self._audio[index] for index in range(len(body.recordings))))
        except BodyTooLarge:
            raise
        except (DomainError, EngineError):
            async for chunk in chunks:
                self._count(chunk)
            raise

    async def _events(self, scanner: SubmitScanner, chunks: AsyncIterator[bytes]) -> AsyncGenerator[Event, None]:
        async for chunk in chunks:
            self._count(chunk)
            for event in scanner.feed(chunk):
                yield event

    async def _take(self, events: AsyncGenerator[Event, None]) -> None:
        """Store what comes; after the first fault only look for more of them."""
        async for event in events:
            if isinstance(event, AudioStarted) and not self._faults:
                await self._store_audio(event.index, events)
            elif isinstance(event, AudioRefused):
                self._faults[event.index] = f"must be base64: {event.reason}"

    async def _store_audio(self, index: int, events: AsyncGenerator[Event, None]) -> None:
        recording_id, digest, size = uuid7(), hashlib.sha256(), 0
        key = f"{AUDIO_PREFIX}{self._user_id}/{recording_id}"
        try:
            async with self._store.writer(key) as writer:
                async for event in events:
                    if isinstance(event, AudioRefused):
                        raise _Refused(f"must be base64: {event.reason}")
                    if not isinstance(event, AudioData):  # it is over
                        break
                    size += len(event.data)
                    if size > self._limits.max_recording_mb << 20:
                        raise RecordingTooLarge(index, self._limits.max_recording_mb)
                    digest.update(event.data)
                    await writer.write(event.data)
                if size == 0:
                    raise _Refused("must not be empty")
        except _Refused as refused:
            self._faults[index] = str(refused)
            return
        failpoints.reached("submit.audio_stored")
        self._keys.append(key)
        self._audio[index] = StagedAudio(recording_id, key, size, digest.digest())

    def _count(self, chunk: bytes) -> None:
        self._received += len(chunk)
        if self._received > self._limits.max_body_mb << 20:
            raise BodyTooLarge(self._limits.max_body_mb)


class _Refused(Exception):
    """This recording's audio can't be taken; the message says why."""
