"""Reads a recording with FFmpeg, through PyAV: measures it, or turns it into samples. Runs in the child only.

Durations in headers are never believed; what is counted is what was decoded.
"""

import importlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, field

import av
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer

from ai_conspects.engines.decoding import formats
from ai_conspects.engines.decoding.facts import AudioFacts
from ai_conspects.engines.decoding.peaks import Peaks

for _late in (
    "logging",
    "av.audio.codeccontext",
    "av.video.codeccontext",
    "av.subtitles.codeccontext",
    "av.video.stream",
    "av.subtitles.stream",
):
    importlib.import_module(_late)  # PyAV imports these when it meets such a stream, and then no file can be opened

RATE = 16_000
_RATES = range(4_000, 400_000)  # at 1 Hz, one packet may hold half a day
_CLAIMS = frozenset({"mp4", "matroska", "flac", "aiff", "asf"})
_WHAT_TO_SEND = "Send the recording itself: m4a, mp3, ogg, opus, webm, flac, wav, aac, amr, 3gp, wma, mp4, mov or mkv."


class RefusedError(Exception):
    """This recording can't be decoded: a stable code, and a sentence for a person."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class Recording:
    """An open descriptor as the file object that FFmpeg reads. It has no name and its own place in the file."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._place = 0
        self.size = os.fstat(descriptor).st_size

    def at(self, offset: int, count: int) -> bytes:
        """The bytes from `offset` on, fewer at the end of the file."""
        return os.pread(self._descriptor, count, offset)

    def read(self, count: int) -> bytes:
        """The next bytes."""
        data = self.at(self._place, count)
        self._place += len(data)
        return data

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Go to a place, as `io.IOBase.seek`."""
        self._place = max(0, offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._place, os.SEEK_END: self.size}[whence])
        return self._place

    def tell(self) -> int:
        """The place in the file."""
        return self._place


@dataclass
class _Decoding:
    """A recording being decoded. `heard_s` counts what came out, `broken` the packets that couldn't be decoded."""

    recording: Recording
    kind: formats.Container
    container: InputContainer
    stream: AudioStream
    max_seconds: float
    heard_s: float = 0.0
    packets: int = 0
    broken: int = 0
    parent: int = field(default_factory=os.getppid)

    def frames(self) -> Iterator[AudioFrame]:
        """Every frame that can be decoded; `heard_s` is where it starts while it is yielded.

        Raises `RefusedError` past the longest time allowed, and where more is broken than whole.
        """
        for packet in self._packets():
            try:
                decoded = packet.decode()
            except (av.FFmpegError, ValueError):
                self.broken += 1
                continue
            for frame in decoded:
                if not isinstance(frame, AudioFrame) or frame.sample_rate not in _RATES:
                    raise RefusedError("audio_unreadable", "The sound has a sample rate that no recording has.")
                yield frame
                self.heard_s += frame.samples / frame.sample_rate
                if self.heard_s > self.max_seconds:
                    raise _too_long(self.max_seconds)
        if not self.heard_s or self.broken * 2 > self.packets:
            raise RefusedError("audio_unreadable", "The sound in this file is damaged: most of it can't be decoded.")

    def _packets(self) -> Iterator["av.Packet[AudioStream]"]:
        try:
            for packet in self.container.demux(self.stream):
                self.packets += 1
                if os.getppid() != self.parent:
                    raise BrokenPipeError
                yield packet
        except (av.FFmpegError, ValueError):
            self.broken += 1  # the rest of the file is lost, what came before it is not

    def claim_s(self) -> float | None:
        """The duration that the header claims, None where a container has none and FFmpeg only guesses."""
        if self.kind.name == "mp3":
            return formats.mp3_claim_s(self.recording, self.kind.offset)
        if self.kind.name == "wav":
            return formats.wav_claim_s(self.recording)
        if self.kind.name not in _CLAIMS:
            return None
        if self.stream.duration and self.stream.time_base:
            return float(self.stream.duration * self.stream.time_base)
        return self.container.duration / av.time_base if self.container.duration else None


def measure(recording: Recording, max_seconds: float) -> AudioFacts:
    """Decode all of it and keep but its peaks. Raises `RefusedError`."""
    decoding = _open(recording, max_seconds)
    claim_s = decoding.claim_s()
    peaks = Peaks()
    for frame in decoding.frames():
        peaks.add(frame, decoding.heard_s)
    heard_s, context = decoding.heard_s, decoding.stream.codec_context
    return AudioFacts(
        duration_s=round(heard_s, 6),
        sample_rate=context.sample_rate,
        channels=context.channels,
        format=decoding.kind.name,
        codec=context.name,
        truncated=claim_s is not None and claim_s > heard_s + max(0.5, 0.02 * heard_s),
        header_duration_s=claim_s,
        peaks=peaks.drawn(),
    )


def samples(recording: Recording, since_s: float, max_seconds: float) -> Iterator[bytes]:
    """Mono, 16 bit, 16 kHz from `since_s` on. Raises `RefusedError`."""
    decoding = _open(recording, max_seconds)
    resampler, shape, skip = None, None, 0
    for frame in decoding.frames():
        if decoding.heard_s + frame.samples / frame.sample_rate <= since_s + 0.5 / RATE:
            continue
        if resampler is None:
            skip = max(0, round((since_s - decoding.heard_s) * RATE))
        if resampler is None or shape != (frame.format.name, frame.layout.name, frame.sample_rate):
            yield from _flushed(resampler)
            shape = frame.format.name, frame.layout.name, frame.sample_rate
            resampler = AudioResampler(format="s16", layout="mono", rate=RATE)
        frame.pts = None  # a gap or a jump in a file's clock must not make the resampler invent or drop samples
        for out in resampler.resample(frame):
            data = _bytes(out)
            yield data[skip * 2 :]
            skip = max(0, skip - len(data) // 2)
    yield from _flushed(resampler)


def _flushed(resampler: AudioResampler | None) -> list[bytes]:
    return [_bytes(out) for out in resampler.resample(None)] if resampler is not None else []


def _bytes(frame: AudioFrame) -> bytes:
    return bytes(frame.planes[0])[: frame.samples * 2]


def _open(recording: Recording, max_seconds: float) -> _Decoding:
    kind = formats.recognise(recording)
    if kind is None:
        raise RefusedError("not_audio", f"This is {formats.describe(recording)}, not a recording. {_WHAT_TO_SEND}")
    av.logging.set_level(None)
    options = {"codec_whitelist": ",".join(sorted(formats.CODECS)), "protocol_whitelist": "none"}
    try:
        container = av.open(recording, format=kind.demuxer, container_options=options, io_open=_refuse)
    except (av.FFmpegError, ValueError) as error:
        raise _unreadable(recording, kind) from error
    if not isinstance(container, InputContainer) or not container.streams.audio:
        raise RefusedError("no_audio_stream", f"This {kind.name} file holds no sound.")
    stream = container.streams.best("audio") or container.streams.audio[0]
    if not isinstance(stream, AudioStream) or stream.codec_context.name not in formats.CODECS:
        raise RefusedError("audio_unreadable", "The sound is coded in a way that isn't supported. " + _WHAT_TO_SEND)
    stream.codec_context.thread_count = 1
    return _Decoding(recording, kind, container, stream, max_seconds)


def _refuse(url: str, flags: int, options: dict[str, str]) -> None:
    raise PermissionError("a recording may not open other files")


def _unreadable(recording: Recording, kind: formats.Container) -> RefusedError:
    if kind.name == "mp4" and formats.lacks_index(recording):
        return RefusedError(
            "audio_unreadable",
            "The upload was cut: the end of this file, with the index that says where its sound is, is missing. "
            "Upload the whole file again.",
        )
    return RefusedError(
        "audio_unreadable", f"This looks like {kind.name} audio but can't be read: it is cut or damaged."
    )


def _too_long(max_seconds: float) -> RefusedError:
    return RefusedError(
        "audio_too_long", f"The recording is longer than the {max_seconds / 3600:g} hours that are allowed."
    )
