"""Starts decoders for this process. They are children of its template (`template.py`), and so begin at once."""

import atexit
import contextlib
import io
import json
import os
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import IO, Any


class DecoderLostError(Exception):
    """The template ended, and this decoder with it. Another one may be started: it is no fault of the recording."""


@dataclass(frozen=True)
class Decoder:
    """A decoding process at work. `report` ends when it does. To read raises `TimeoutError` where the reader has waited
    for it too long in all."""

    samples: IO[bytes]
    report: IO[bytes]
    _life: socket.socket
    _template: socket.socket

    def wait(self) -> int:
        """Its exit status, -N for signal N. Raises `DecoderLostError`, and `TimeoutError` as to read does."""
        status = self._life.recv(4, socket.MSG_WAITALL)
        if len(status) < 4:
            _templates.leave(self._template)
            raise DecoderLostError
        return os.waitstatus_to_exitcode(int.from_bytes(status, "little"))

    def close(self) -> None:
        """End it, and come back when it has ended."""
        self.samples.close()
        self.report.close()
        with self._life, contextlib.suppress(OSError):
            self._life.shutdown(socket.SHUT_WR)
            while self._life.recv(4):
                pass


def start(recording: int, job: dict[str, object], patience_s: float) -> Decoder:
    """A decoder of the file with this descriptor. `job` is a `child.Job`. Raises `DecoderLostError`.

    Its reader waits `patience_s` seconds in all: one that was taken over need not use up its own time to sit there.
    """
    with contextlib.ExitStack() as given, contextlib.ExitStack() as kept:
        (samples, heard), (report, told), (life, held) = (_pair(given, kept) for _ in range(3))
        template = _templates.ask(json.dumps(job).encode(), (recording, heard, told, held))
        life.settimeout(patience_s)
        kept.pop_all()
        reading = (io.BufferedReader(Patient(samples, patience_s)), io.BufferedReader(Patient(report, patience_s)))
        return Decoder(*reading, life, template)


def _pair(given: contextlib.ExitStack, kept: contextlib.ExitStack) -> tuple[socket.socket, int]:
    here, there = socket.socketpair()
    return kept.enter_context(here), given.enter_context(there).fileno()


class Patient(io.RawIOBase):
    """What a socket says. Raises `TimeoutError` when the waits for it, added up, are longer than this."""

    def __init__(self, source: socket.socket, patience_s: float) -> None:
        self._source, self._left_s = source, patience_s

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        since = time.monotonic()
        self._source.settimeout(max(self._left_s, 1e-3))
        count = self._source.recv_into(buffer)
        self._left_s -= time.monotonic() - since
        return count

    def close(self) -> None:
        self._source.close()
        super().close()


class _Templates:
    """The template of this process, made when it is first needed, and again when it is gone."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: socket.socket | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        os.register_at_fork(after_in_child=self._forget)

    def ask(self, job: bytes, descriptors: Sequence[int]) -> socket.socket:
        """Hand a job over; the socket of the template that has it. Raises `DecoderLostError`."""
        with self._lock:
            asked = self._asked = self._asked or self._started()
            try:
                socket.send_fds(asked, [job], descriptors)  # one message to its reader, for descriptors part messages
            except OSError:
                self._asked = None
                asked.close()
                raise DecoderLostError from None
            return asked

    def leave(self, asked: socket.socket) -> None:
        """Ask that template no more. It ends with the last decoder that it has."""
        with self._lock:
            if self._asked is asked:
                self._asked = None
                asked.close()

    def _started(self) -> socket.socket:
        self._processes = [process for process in self._processes if process.poll() is None]
        here, there = socket.socketpair()
        with there, tempfile.TemporaryDirectory(prefix="decode-") as folder:  # gone, no file can be made in it
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "ai_conspects.engines.decoding.template"],
                stdin=there.fileno(),
                stdout=subprocess.DEVNULL,
                cwd=folder,
                env={  # enough to find the same modules, and none of this process's secrets
                    "PYTHONPATH": os.pathsep.join(filter(os.path.isabs, sys.path)),
                    "PYTHONDONTWRITEBYTECODE": "1",
                    "LC_ALL": "C",
                },
                start_new_session=True,
            )
        self._processes.append(process)
        return here

    def _forget(self) -> None:
        """After a fork: the template is that of the process before, which may have held the lock."""
        self._lock = threading.Lock()
        if self._asked is not None:
            self._asked.close()
            self._asked = None

    def end(self) -> None:
        """As `leave`, and wait a moment for the end of those that have no decoder at work."""
        if self._asked is not None:
            self.leave(self._asked)
        for process in self._processes:
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(1)


_templates = _Templates()
end = atexit.register(_templates.end)
