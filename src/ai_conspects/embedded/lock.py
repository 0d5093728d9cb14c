"""One server for one data folder: a lock that ends with its holder, and a note of who holds it."""

import fcntl
import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from ai_conspects.core.clock import now, rfc3339
from ai_conspects.embedded.errors import AlreadyRunning
from ai_conspects.embedded.paths import Home
from ai_conspects.embedded.secrets import write_private


@dataclass(frozen=True)
class Holder:
    """Who holds a data folder; `url` is None until the API answers."""

    pid: int | None
    since: str | None
    url: str | None


class HomeLock:
    """Held from `acquire` to `release`, or to the end of the process, however it ends."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._file: TextIO | None = None

    def acquire(self) -> None:
        """Take the data folder, or raise `AlreadyRunning`."""
        file = os.fdopen(os.open(self._home.lock, os.O_RDWR | os.O_CREAT, 0o600), "r+", encoding="utf-8")
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.close()
            held = _read(self._home)
            raise AlreadyRunning(self._home.root, held.pid, held.since, held.url) from None
        self._file = file
        self._home.server.unlink(missing_ok=True)
        file.truncate()
        json.dump({"pid": os.getpid(), "since": rfc3339(now())}, file)
        file.flush()

    def announce(self, url: str) -> None:
        """Note where the server answers."""
        write_private(self._home.server, json.dumps({"pid": os.getpid(), "url": url}))

    def release(self) -> None:
        """Let go; a second call does nothing."""
        if self._file:
            self._home.server.unlink(missing_ok=True)
            self._file.close()
            self._file = None


def holder(home: Home) -> Holder | None:
    """Who holds the data folder now; None: nobody."""
    try:
        file = home.lock.open(encoding="utf-8")
    except FileNotFoundError:
        return None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return _read(home)
    return None


def _read(home: Home) -> Holder:
    lock, server = _json(home.lock), _json(home.server)
    pid, since = lock.get("pid"), lock.get("since")
    url = server.get("url") if server.get("pid") == pid else None
    return Holder(pid if isinstance(pid, int) else None, str(since) if since else None, str(url) if url else None)


def _json(path: Path) -> dict[str, object]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
