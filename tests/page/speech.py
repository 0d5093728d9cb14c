"""A bundled clip of real speech as the WAV file that Chromium takes for its microphone."""

from pathlib import Path

import numpy as np

from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits
from tests.audio import wav
from tests.e2e.recordings import clip


def speech_file(path: Path) -> Path:
    """Written there: eleven seconds of English."""
    source = path.with_suffix(".m4a")
    source.write_bytes(clip())
    blocks = DecodedAudio(source, DecodingLimits(max_seconds=60)).blocks()
    path.write_bytes(wav(np.concatenate(list(blocks))))
    return path
