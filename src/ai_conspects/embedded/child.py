"""One supervised process: in a session of its own, dying with its supervisor, writing to a log that stays small."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from enum import IntEnum
from pathlib import Path

from ai_conspects.embedded import launch
from ai_conspects.embedded.account import Account
from ai_conspects.embedded.errors import NotReady

POLL_S = 0.02
MAX_LOG_BYTES = 32 * 2**20


class Stage(IntEnum):
    """Who needs whom: a later stage is started after, and stopped before, an earlier one."""

    DATABASE = 0
    QUEUE = 1
    WORKERS = 2
    API = 3


@dataclass(frozen=True)
class Service:
    """What to run and how. `argv[0]` is an absolute path; `env` is all that the process sees.

    `prepare` runs before every start; `ready` says whether it can be used, and must not block for long. To stop it,
    each of `stop_signals` is sent and given `grace_s`; then the session is killed. `orphan_signal` is what it gets when
    its supervisor dies (Linux).
    """

    name: str
    argv: tuple[str, ...]
    ready: Callable[[], bool]
    env: Mapping[str, str] = field(repr=False)
    stage: Stage = Stage.WORKERS
    ready_s: float = 60
    cwd: Path | None = None
    account: Account | None = None
    stop_signals: tuple[signal.Signals, ...] = (signal.SIGTERM,)
    grace_s: float = 10
    orphan_signal: signal.Signals = signal.SIGTERM
    prepare: Callable[[], None] = lambda: None


class Child:
    """A service's process. Start it from a thread that lives as long as it should: the parent of a parent-death signal
    is the thread."""

    def __init__(self, service: Service, logs: Path) -> None:
        self.service = service
        self.log = logs / f"{service.name}.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._asked = False
        self.started_at = 0.0

    @property
    def pid(self) -> int | None:
        """The process's id (its session's too) while it runs."""
        return self._process.pid if self._process and self._process.poll() is None else None

    @property
    def exit_code(self) -> int | None:
        """How it ended; negative: by that signal."""
        return self._process.poll() if self._process else None

    def start(self) -> None:
        """Start the process; it may not be ready yet."""
        service = self.service
        service.prepare()
        account = f"{service.account.uid}:{service.account.gid}" if service.account else "-"
        head = [sys.executable, "-I", "-S", launch.__file__, str(os.getpid()), str(int(service.orphan_signal)), account]
        with open(self.log, "ab", opener=_private) as log:
            self._process = subprocess.Popen(
                [*head, *service.argv],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=dict(service.env),
                cwd=service.cwd,
                umask=0o077,
                start_new_session=True,
            )
        self.started_at, self._asked = time.monotonic(), False

    def wait_ready(self) -> None:
        """Return when the service is ready; `NotReady` if it ends first or its time is over."""
        deadline = time.monotonic() + self.service.ready_s
        while True:
            if self.pid is None:
                reason = f"ended while starting (exit {self.exit_code})"
                raise NotReady(self.service.name, reason, self.log, self.tail())
            if self.service.ready():
                return
            if time.monotonic() > deadline:
                reason = f"did not answer within {self.service.ready_s:.0f} s"
                raise NotReady(self.service.name, reason, self.log, self.tail())
            time.sleep(POLL_S)

    def ask_to_stop(self) -> None:
        """Send the first stop signal, once, and don't wait."""
        if not self._asked:
            self._send(self.service.stop_signals[0])
        self._asked = True

    def stop(self) -> None:
        """Ask, wait, ask again, then kill what is left of its session. Nothing happens if it has ended."""
        if self._process is None:
            return
        self.ask_to_stop()
        for number in (None, *self.service.stop_signals[1:]):
            if number:
                self._send(number)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(self.service.grace_s)
                break
        with suppress(ProcessLookupError, PermissionError):  # macOS: EPERM for a group of zombies
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def tail(self, lines: int = 12) -> str:
        """The end of its log."""
        try:
            with self.log.open("rb") as file:
                file.seek(max(0, file.seek(0, os.SEEK_END) - 8192))
                return "\n".join(file.read().decode("utf-8", "replace").splitlines()[-lines:])
        except OSError:
            return ""

    def trim_log(self) -> None:
        """Move a log that has grown too long aside. The process goes on: it appends."""
        if self.log.exists() and self.log.stat().st_size > MAX_LOG_BYTES:
            shutil.copyfile(self.log, self.log.with_suffix(".log.1"))
            os.truncate(self.log, 0)

    def _send(self, number: signal.Signals) -> None:
        if self._process and self._process.poll() is None:
            self._process.send_signal(number)


def rotate(log: Path) -> None:
    """Set the last run's log aside, so that a log begins with its run."""
    with suppress(FileNotFoundError):
        log.replace(log.with_suffix(".log.1"))


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
