"""Small audio files made by the tests."""

import io
import wave

import numpy as np

RATE = 16_000


def tone(seconds: float, hertz: float = 440.0) -> bytes:
    """A sine as a mono 16-bit WAV file."""
    wave_form = np.sin(np.arange(int(seconds * RATE)) * 2 * np.pi * hertz / RATE)
    return wav((wave_form * 8_000).astype(np.int16))


def silence(seconds: float) -> bytes:
    """Digital silence as a WAV file."""
    return wav(np.zeros(int(seconds * RATE), dtype=np.int16))


def wav(samples: "np.ndarray[tuple[int, ...], np.dtype[np.int16]]") -> bytes:
    """The samples as a mono WAV file at 16 kHz."""
    file = io.BytesIO()
    with wave.open(file, "wb") as out:
        out.setnchannels(1)
        out.setsampwidth(2)
        out.setframerate(RATE)
        out.writeframes(samples.tobytes())
    return file.getvalue()
