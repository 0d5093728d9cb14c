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
from pydantic import TypeAdapter

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


@dataclass(frozen=True)
class AudioFacts:
    """What a recording is, as decoded.

    `truncated` says that its header claims clearly more (`header_duration_s`) than is there: an upload that was cut.
    """

    duration_s: float
    sample_rate: int
    channels: int
    format: str
    codec: str
    truncated: bool
    header_duration_s: float | None


_FACTS = TypeAdapter(AudioFacts)


def probe(source: IO[bytes] | Path, limits: DecodingLimits) -> AudioFacts:
    """Decode the whole of `source` and say what it is.

    Raises `EngineRejected` with code `not_audio`, `no_audio_stream`, `audio_too_long`, `audio_unreadable`
    or `decoder_crashed`.
    """
    with _decoder(source, {**asdict(limits), "since_s": None}) as child:
        report = _ended(child)
        return _FACTS.validate_python(_facts(child, report))


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
            _facts(child, _ended(child))


def _ended(child: subprocess.Popen[bytes]) -> bytes:
    """Wait for the child's end; its report, or what it said of its breakdown."""
    assert child.stderr is not None  # noqa: S101 (opened as a pipe)
    report = child.stderr.read(_REPORT_BYTES)
    child.stderr.close()
    child.wait()
    return report


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
                env=_environment(),
                start_new_session=True,
            )
        )
        stack.callback(child.kill)
        yield child


def _environment() -> dict[str, str]:
    """Enough to find the same modules, and none of the parent's secrets."""
    return {
        "PYTHONPATH": os.pathsep.join(filter(os.path.isabs, sys.path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        "LC_ALL": "C",
    }


def _facts(child: subprocess.Popen[bytes], report: bytes) -> dict[str, object]:
    """What the child said at its end, or why it failed."""
    told = _told(report)
    if error := told.get("error"):
        raise EngineRejected(_ENGINE, str(error["message"]), code=str(error["code"]))
    if child.returncode or "facts" not in told:
        crash = EngineRejected(_ENGINE, _crash_message(child.returncode), code="decoder_crashed")
        crash.add_note(report[-2_000:].decode(errors="replace"))
        raise crash
    return told["facts"]


def _told(report: bytes) -> dict[str, dict[str, object]]:
    lines = report.splitlines()
    try:
        told = json.loads(lines[-1]) if lines else {}
    except ValueError:
        return {}
    return told if isinstance(told, dict) else {}


def _crash_message(status: int) -> str:
    if status == -signal.SIGXCPU:
        return "Decoding this file took more time than a recording of the longest allowed length may take."
    return f"The decoder broke down on this file ({_ending(status)}); nothing else was harmed. Try another format."


def _ending(status: int) -> str:
    return f"signal {-status}" if status < 0 else f"exit status {status}"
