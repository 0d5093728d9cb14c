"""Audio files in every container that a phone or a browser writes, made on the spot."""

import io
import struct
from collections.abc import Iterator
from fractions import Fraction

import av
import numpy as np
from av.audio.stream import AudioStream
from numpy.typing import NDArray

CODECS = {
    "m4a": ("ipod", "aac", 44_100),
    "mp4": ("mp4", "aac", 48_000),
    "mov": ("mov", "alac", 44_100),
    "3gp": ("3gp", "libopencore_amrnb", 8_000),
    "mp3": ("mp3", "libmp3lame", 44_100),
    "ogg": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "mkv": ("matroska", "flac", 22_050),
    "flac": ("flac", "flac", 44_100),
    "wav": ("wav", "pcm_s16le", 8_000),
    "aac": ("adts", "aac", 44_100),
    "amr": ("amr", "libopencore_amrnb", 8_000),
    "wma": ("asf", "wmav2", 44_100),
    "aiff": ("aiff", "pcm_s16be", 44_100),
    "caf": ("caf", "pcm_s16le", 44_100),
}
BIT_RATES = {"libopencore_amrnb": 12_200, "wmav2": 64_000}


def audio(extension: str, seconds: float = 3.0, *, layout: str = "mono") -> bytes:
    """A tone of 300 Hz in the container that usually has this extension."""
    rate = CODECS[extension][2]
    tone = (8_000 * np.sin(2 * np.pi * 300 * np.arange(round(rate * seconds)) / rate)).astype(np.int16)
    return _encoded(extension, tone, layout)


def audio_of_silence(extension: str, seconds: int) -> bytes:
    """Digital silence, which packs into next to nothing."""
    return _encoded(extension, np.zeros(seconds * CODECS[extension][2], np.int16), "mono")


def _encoded(extension: str, samples: NDArray[np.int16], layout: str) -> bytes:
    container_format, codec, rate = CODECS[extension]
    file = io.BytesIO()
    with av.open(file, "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        assert isinstance(stream, AudioStream)
        if codec in BIT_RATES:
            stream.bit_rate = BIT_RATES[codec]
        stream.codec_context.open()
        for frame in _frames(stream, samples, layout):
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()


def _frames(stream: AudioStream, samples: NDArray[np.int16], layout: str) -> Iterator[av.AudioFrame]:
    rate, size = stream.codec_context.sample_rate, stream.codec_context.frame_size or 1024
    resampler = av.AudioResampler(stream.codec_context.format, layout, rate, frame_size=size)
    channels = av.AudioLayout(layout).nb_channels
    for start in range(0, len(samples), rate):
        second = np.repeat(samples[start : start + rate], channels).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(second, format="s16", layout=layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, start, Fraction(1, rate)
        yield from resampler.resample(frame)
    yield from resampler.resample(None)


def video_without_sound() -> bytes:
    """An MP4 with three pictures and no audio stream."""
    file = io.BytesIO()
    with av.open(file, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuv420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame(32, 32, "yuv420p")))
        container.mux(stream.encode(None))
    return file.getvalue()


def fast_start_less(mp4: bytes) -> bytes:
    """The first part of an MP4 whose index stands at the end, as of an upload that broke off."""
    index = mp4.rindex(b"moov") - 4
    return mp4[: index - 100]


def wav_header(claimed_bytes: int, *, rate: int = 16_000) -> bytes:
    """The 44 bytes before the samples of a mono 16-bit WAV, claiming so many."""
    chunk = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    return (
        b"RIFF"
        + struct.pack("<I", min(claimed_bytes + 36, 0xFFFF_FFFF))
        + b"WAVE"
        + chunk
        + b"data"
        + struct.pack("<I", claimed_bytes)
    )
