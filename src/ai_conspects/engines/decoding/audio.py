"""Recordings, decoded by a confined child process as they are read: what they are, and their samples.

The child gets an open file, never a name. What it says is checked, for a hostile file may have taken it over.
"""

import contextlib
import signal
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from ai_conspects.engines.decoding import decoders
from ai_conspects.engines.decoding.decoders import Decoder, DecoderLostError
from ai_conspects.engines.decoding.facts import AudioFacts
from ai_conspects.engines.errors import EngineRejected, EngineUnavailable
from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block

_ENGINE = "decoding"
_REPORT_BYTES = 64_000
_BLOCK_BYTES = SAMPLE_RATE * 2
_TRIES = 3
"""So many decoders are tried for a recording, where the process that starts them ends."""


_PATIENCE = 2.0
"""So many times the seconds of CPU that a decoder may use, a whole worker may wait for it."""


@dataclass(frozen=True)
class DecodingLimits:
    """What one recording may cost: decoded seconds, and bytes of address space."""

    max_seconds: float
    memory_bytes: int = 1 << 30

    @property
    def cpu_s(self) -> int:
        """Seconds of CPU."""
        return 60 + round(self.max_seconds / 10)


class _Refusal(BaseModel):
    code: str = Field(max_length=64)
    message: str = Field(max_length=1000)


class _Report(BaseModel):
    """The last line that the child says."""

    facts: AudioFacts | None = None
    error: _Refusal | None = None


def probe(source: IO[bytes] | Path, limits: DecodingLimits) -> AudioFacts:
    """Decode the whole of `source` and say what it is.

    Raises `EngineRejected` with code `not_audio`, `no_audio_stream`, `audio_too_long`, `audio_unreadable`
    or `decoder_crashed`; `EngineUnavailable` where no decoder can be started.
    """
    for _ in range(_TRIES):
        with contextlib.suppress(DecoderLostError), _decoder(source, limits, None) as child:
            facts = _facts(child)
            if facts is None:
                raise _crash(0)
            return facts
    raise _lost()


class DecodedAudio:
    """A recording as mono samples at 16 kHz (`Pcm16k`). `source` is a path or an open file, never moved or closed."""

    def __init__(self, source: IO[bytes] | Path, limits: DecodingLimits) -> None:
        self._source = source
        self._limits = limits

    def blocks(self, since_s: float = 0.0) -> Iterator[Block]:
        """The samples from that second on, a second at a time. Closing the iterator ends the child.

        Raises as `probe` does. Where a decoder is lost, another one tells the rest, to the sample.
        """
        told = 0
        for _ in range(_TRIES):
            with contextlib.suppress(DecoderLostError), _decoder(self._source, self._limits, since_s) as child:
                heard = 0
                while data := child.samples.read(_BLOCK_BYTES):
                    block = np.frombuffer(data[: len(data) // 2 * 2], np.dtype("<i2")).astype(np.int16, copy=False)
                    fresh, heard = block[max(0, told - heard) :], heard + len(block)
                    if len(fresh):
                        told += len(fresh)
                        yield fresh
                _facts(child)
                return
        raise _lost()


@contextlib.contextmanager
def _decoder(source: IO[bytes] | Path, limits: DecodingLimits, since_s: float | None) -> Iterator[Decoder]:
    """The child at its work; gone, whatever happened, when the block ends. Raises `DecoderLostError`, and
    `EngineRejected` where it has to be waited for too long."""
    job = {"cpu_s": limits.cpu_s, **asdict(limits), "since_s": since_s}
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        if file.writable():
            file.flush()
        child = stack.enter_context(contextlib.closing(decoders.start(file.fileno(), job, _PATIENCE * limits.cpu_s)))
        try:
            yield child
        except TimeoutError:
            message = "The decoder of this file stood still, and was ended. Try again, or another format."
            raise EngineRejected(_ENGINE, message, code="decoder_crashed") from None


def _facts(child: Decoder) -> AudioFacts | None:
    """What the child has found out when it ends.

    Raises `EngineRejected` where it refuses the file or breaks down, and `DecoderLostError`.
    """
    said = child.report.read(_REPORT_BYTES)
    status = child.wait()
    try:
        report = _Report.model_validate_json(said.rstrip().rpartition(b"\n")[2])
    except ValidationError:
        raise _crash(status, said) from None
    if report.error:
        raise EngineRejected(_ENGINE, report.error.message, code=report.error.code)
    if status:
        raise _crash(status, said)
    return report.facts


def _lost() -> EngineUnavailable:
    return EngineUnavailable(_ENGINE, "The process that decoders come from ended again and again; see the log.")


def _crash(status: int, said: bytes = b"") -> EngineRejected:
    ending = f"signal {-status}" if status < 0 else f"exit status {status}"
    message = f"The decoder broke down on this file ({ending}); nothing else was harmed. Try another format."
    if status == -signal.SIGXCPU:
        message = "Decoding this file took more time than a recording of the longest allowed length may take."
    crash = EngineRejected(_ENGINE, message, code="decoder_crashed")
    crash.add_note(said[-2_000:].decode(errors="replace"))
    return crash
