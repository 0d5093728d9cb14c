"""Recordings for the end-to-end tests: a bundled clip of real speech, and voices with long silences between them."""

from importlib import resources

import numpy as np

from tests.audio import wav
from tests.engines.speech_to_text.recordings import quiet, voice


def clip(name: str = "jfk.m4a") -> bytes:
    """A clip that comes with the product; this one is 11 s of real English speech."""
    return (resources.files("ai_conspects.cli") / "clips" / name).read_bytes()


def voices(parts: int) -> bytes:
    """Short voices with silences so long that a speech server is asked for each voice on its own."""
    spoken = [voice(2.0)]
    for _ in range(parts - 1):
        spoken += [quiet(11.0), voice(2.0)]
    return wav(np.concatenate(spoken))
