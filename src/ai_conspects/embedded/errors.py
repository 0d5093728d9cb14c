"""What can go wrong when this machine's own stack starts or runs; each error says what to do about it.

They are read on a terminal, never over HTTP, and so have no status or code of their own.
"""

from pathlib import Path

from ai_conspects.core.errors import DomainError


class AlreadyRunning(DomainError):
    """Another process holds the data folder: its `pid`, `since` when (RFC 3339), and its `url` once it serves."""

    def __init__(self, home: Path, pid: int | None, since: str | None, url: str | None) -> None:
        who = f"process {pid}" if pid else "another process"
        when = f" since {since}" if since else ""
        where = f" at {url}" if url else ""
        super().__init__(
            f"{home} is in use by {who}{when}{where}. Use that server, stop it, "
            "or set AI_CONSPECTS_HOME to another folder."
        )
        self.pid, self.since, self.url = pid, since, url


class Unreachable(DomainError):
    """PostgreSQL does not run as root, and the account it runs as cannot get to its folder."""

    def __init__(self, folder: Path, blocked_at: Path, account: str) -> None:
        super().__init__(
            f"The account {account!r}, which runs PostgreSQL for root, cannot enter {blocked_at}, so it cannot reach "
            f"{folder}. Allow it with `chmod o+x {blocked_at}`, set AI_CONSPECTS_HOME to a folder that every account "
            "can traverse (such as /var/lib/ai-conspects), or run as an ordinary user."
        )
        self.blocked_at = blocked_at


class HomeRefused(DomainError):
    """The data folder cannot be made, or is not ours to write."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The data folder {folder} cannot be used: {reason}. Make it yours (`chown`), "
            "or set AI_CONSPECTS_HOME to a folder that you can write."
        )


class RunFolderRefused(DomainError):
    """The folder for the sockets is someone else's, or open to others."""

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"The folder for the sockets, {folder}, {reason}. Remove it, then start again.")


class ProgramMissing(DomainError):
    """A binary that a wheel should have brought is not there, or does not run."""

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(f"{program} {reason}.")


class PortTaken(DomainError):
    """Something else listens where the API should."""

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {host}:{port}: {reason}. Stop what listens there, "
            "or choose another port with --port (0: any)."
        )


class NotReady(DomainError):
    """A part ended, or did not answer in time, while it was starting."""

    def __init__(self, name: str, reason: str, log: Path, tail: str) -> None:
        last = f" Its last words:\n{tail}" if tail else ""
        super().__init__(f"{name} {reason}. Its log is {log}.{last}")


class GaveUp(DomainError):
    """A part died again and again, and is not started any more."""

    def __init__(self, name: str, times: int, log: Path, tail: str) -> None:
        super().__init__(f"{name} died {times} times in a row; giving up. Its log is {log}. Its last words:\n{tail}")
