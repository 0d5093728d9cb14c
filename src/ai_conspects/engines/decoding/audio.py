"""Recordings, decoded by a confined child process as they are read: what they are, and their samples.

The child gets an open file, never a name. What it says is checked, for a hostile file may have taken it over.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO

import numpy as np
from pydantic import BaseModel, Field, ValidationError

from ai_conspects.engines.decoding.facts import AudioFacts
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block

_ENGINE = "decoding"
_REPORT_BYTES = 64_000
_BLOCK_BYTES = SAMPLE_RATE * 2


@dataclass(frozen=True)
class DecodingLimits:
    """What one recording may cost: decoded seconds, and bytes of address space."""

    max_seconds: float
    memory_bytes: int = 1 << 30


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
    or `decoder_crashed`.
    """
    with _decoder(source, {**asdict(limits), "since_s": None}) as child:
        facts = _facts(child)
        if facts is None:
            raise _crash(child.returncode)
        return facts


class DecodedAudio:
    """A recording as mono samples at 16 kHz (`Pcm16k`). `source` is a path or an open file, never moved or closed."""

    def __init__(self, source: IO[bytes] | Path, limits: DecodingLimits) -> None:
        self._source = source
        self._limits = limits

    def blocks(self, since_s: float = 0.0) -> Iterator[Block]:
        """The samples from that second on, a second at a time. Closing the iterator ends the child.

        Raises `EngineRejected`, as `probe` does.
        """
        with _decoder(self._source, {**asdict(self._limits), "since_s": since_s}) as child:
            assert child.stdout is not None  # noqa: S101 (opened as a pipe)
            while data := child.stdout.read(_BLOCK_BYTES):
                yield np.frombuffer(data[: len(data) // 2 * 2], np.dtype("<i2")).astype(np.int16, copy=False)
            _facts(child)


@contextlib.contextmanager
def _decoder(source: IO[bytes] | Path, job: dict[str, object]) -> Iterator[subprocess.Popen[bytes]]:
    """The child at its work in an empty folder; gone, whatever happened, when the block ends."""
    command = [sys.executable, "-P", "-m", "ai_conspects.engines.decoding.child", json.dumps(job)]
    with contextlib.ExitStack() as stack:
        file = stack.enter_context(source.open("rb")) if isinstance(source, Path) else source
        if file.writable():
            file.flush()
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="decode-"))
        child = stack.enter_context(
            subprocess.Popen(
                command,
                stdin=file,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                cwd=folder,
                env={  # enough to find the same modules, and none of the parent's secrets
                    "PYTHONPATH": os.pathsep.join(filter(os.path.isabs, sys.path)),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "LC_ALL": "C",
                },
                start_new_session=True,
            )
        )
        stack.callback(child.kill)
        yield child


def _facts(child: subprocess.Popen[bytes]) -> AudioFacts | None:
    """What the child has found out when it ends. Raises `EngineRejected` where it refuses the file or breaks down."""
    assert child.stderr is not None  # noqa: S101 (opened as a pipe)
    said = child.stderr.read(_REPORT_BYTES)
    child.stderr.close()
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


def _crash(status: int, said: bytes = b"") -> EngineRejected:
    ending = f"signal {-status}" if status < 0 else f"exit status {status}"
    message = f"The decoder broke down on this file ({ending}); nothing else was harmed. Try another format."
    if status == -signal.SIGXCPU:
        message = "Decoding this file took more time than a recording of the longest allowed length may take."
    crash = EngineRejected(_ENGINE, message, code="decoder_crashed")
    crash.add_note(said[-2_000:].decode(errors="replace"))
    return crash
