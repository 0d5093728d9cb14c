"""A recording's audio, streamed from the store as it is taken: the whole or a range, memory at a piece or two."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.object_storage.base import ObjectStore
from ai_conspects.models import AudioRecording
from ai_conspects.recordings import repository
from ai_conspects.recordings.errors import NoAudio
from ai_conspects.recordings.file_names import disposition

MEDIA_TYPES = {
    "aac": "audio/aac", "aiff": "audio/aiff", "amr": "audio/amr", "asf": "audio/x-ms-wma", "caf": "audio/x-caf",
    "flac": "audio/flac", "matroska": "audio/webm", "mp3": "audio/mpeg", "mp4": "audio/mp4", "ogg": "audio/ogg",
    "wav": "audio/wav",
}  # fmt: skip
"""By the container that was recognised from the bytes; never by what the client called the file."""


@dataclass(frozen=True)
class Audio:
    """Where the audio is, and how it is told of."""

    key: str
    size: int
    etag: str
    media_type: str
    disposition: str

    @property
    def headers(self) -> dict[str, str]:
        """What every answer about it says."""
        return {
            "Accept-Ranges": "bytes",
            "Cache-Control": "private, no-cache",
            "Content-Disposition": self.disposition,
            "ETag": self.etag,
        }


def audio_of(recording: AudioRecording) -> Audio:
    """Raises `NoAudio`."""
    return Audio(
        key=repository.audio_key(recording),
        size=recording.file_size,
        etag=f'"{recording.sha256.hex()}"',
        media_type=MEDIA_TYPES.get(recording.format or "", "application/octet-stream"),
        disposition=disposition("inline", recording.filename),
    )


def opened(store: ObjectStore, audio: Audio, start: int, length: int) -> Iterator[bytes]:
    """The bytes, of which the first are here already: an answer that has begun can't turn into an error.

    Raises `NoAudio` where the store has lost it, `EngineUnavailable` where the store is away.
    """
    pieces = store.read(audio.key, start, length)
    try:
        first = next(pieces, b"")
    except EngineRejected:
        raise NoAudio("The store no longer has the audio of this recording.") from None
    return chain([first], pieces)
