"""Brings a recording from the store to a temporary file for the time of a step; memory stays flat."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO

from ai_conspects.core.settings import Settings
from ai_conspects.engines.decoding.audio import DecodingLimits
from ai_conspects.engines.object_storage.base import ObjectStore


@contextmanager
def fetched(store: ObjectStore, key: str) -> Iterator[IO[bytes]]:
    """The object in an open, unnamed file, at its beginning."""
    with tempfile.TemporaryFile(prefix="ai-conspects-") as file:
        store.fetch(key, file)
        file.seek(0)
        yield file


def decoding_limits(settings: Settings) -> DecodingLimits:
    """What a decoder may use for one recording."""
    return DecodingLimits(max_seconds=settings.limits.max_audio_hours * 3600)
