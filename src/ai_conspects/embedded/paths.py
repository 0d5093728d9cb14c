"""Where things lie: the data folder, and the short folder for the sockets. Makes folders with the right modes."""

import hashlib
import os
import shutil
import stat
import tempfile
from pathlib import Path

from platformdirs import user_data_dir

from ai_conspects.embedded.account import Account, first_blocked
from ai_conspects.embedded.errors import HomeRefused, RunFolderRefused

ROOTS_HOME = Path("/var/lib/ai-conspects")
LONGEST_SOCKET = 100  # bytes; the kernel takes 107 on Linux and 103 on macOS


class Home:
    """The data folder. All of it is the owner's alone.

    `programs` are copies of PostgreSQL's binaries, where the originals are out of its account's reach; `server` is the
    pid and URL of the running server, as JSON.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self.postgres = root / "postgres"
        self.postgres_data = root / "postgres" / "data"
        self.programs = root / "programs"
        self.valkey = root / "valkey"
        self.objects = root / "objects"
        self.secrets = root / "secrets"
        self.logs = root / "logs"
        self.lock = root / "run.lock"
        self.server = root / "server.json"


class RunFolder:
    """Sockets and other things that end with the server; in `metrics` the processes of a run keep their figures."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.postgres = root / "pg"
        self.valkey = root / "valkey"
        self.valkey_socket = root / "valkey" / "valkey.sock"
        self.metrics = root / "metrics"
        self.beat_schedule = root / "beat-schedule"


def home_folder(setting: Path | None) -> Home:
    """The data folder: the setting, else the user's data directory, else (for root) `/var/lib/ai-conspects`."""
    default = ROOTS_HOME if os.geteuid() == 0 else Path(user_data_dir("ai-conspects"))
    return Home((setting or default).expanduser().resolve())


def make_home(home: Home) -> None:
    """Make what is missing. Root's folder can be traversed (not listed), for PostgreSQL's account lives inside."""
    try:
        if not home.root.is_dir():
            home.root.mkdir(parents=True, mode=0o700)
            home.root.chmod(traversable_mode())
        for folder in (home.valkey, home.objects, home.secrets, home.logs):
            own(folder)
    except OSError as error:
        raise HomeRefused(home.root, error.strerror or str(error)) from error


def own(folder: Path, account: Account | None = None) -> None:
    """Make the folder if it's missing; it is the account's (or ours) alone."""
    folder.mkdir(mode=0o700, exist_ok=True)
    folder.chmod(0o700)
    if account:
        os.chown(folder, account.uid, account.gid)


def run_folder(home: Home, account: Account | None) -> RunFolder:
    """The place for this home's sockets: always the same, short, and on the way that the account can go."""
    digest = hashlib.sha256(os.fsencode(home.root)).hexdigest()[:10]
    name = f"aic-{os.geteuid()}-{digest}"
    places = [place / name for place in _run_places() if first_blocked(account, place) is None]
    fitting = [p for p in places if len(os.fsencode(RunFolder(p).postgres / ".s.PGSQL.5432")) <= LONGEST_SOCKET]
    if not fitting:
        raise RunFolderRefused(Path(tempfile.gettempdir()) / name, "cannot be used: set TMPDIR to a short, open folder")
    return RunFolder(fitting[0])


def make_run_folder(run: RunFolder, account: Account | None) -> None:
    """Make it, empty. One that is someone else's, a link, or open to others is refused, not mended."""
    try:
        run.root.mkdir(mode=0o700)
    except FileExistsError:
        _require_ours(run.root)
        remove_run_folder(run)
        run.root.mkdir(mode=0o700)
    run.root.chmod(traversable_mode())
    own(run.postgres, account)
    own(run.valkey)
    own(run.metrics)


def remove_run_folder(run: RunFolder) -> None:
    """Remove it with all that is in it; nothing happens if it's gone."""
    shutil.rmtree(run.root, ignore_errors=True)


def traversable_mode() -> int:
    """0711 for root, because another account must pass through; else 0700."""
    return 0o711 if os.geteuid() == 0 else 0o700


def _run_places() -> list[Path]:
    temporary = [Path(tempfile.gettempdir()), Path("/tmp")]  # noqa: S108 - the folder made in it is ours alone
    if os.geteuid() == 0:
        return [place for place in (Path("/run"), *temporary) if os.access(place, os.W_OK)]
    session = os.environ.get("XDG_RUNTIME_DIR", "")
    return [Path(session), *temporary] if session and os.access(session, os.W_OK) else temporary


def _require_ours(folder: Path) -> None:
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode):
        raise RunFolderRefused(folder, "is not a folder")
    if found.st_uid != os.geteuid():
        raise RunFolderRefused(folder, f"belongs to someone else (uid {found.st_uid})")
    if stat.S_IMODE(found.st_mode) & ~traversable_mode():
        raise RunFolderRefused(folder, f"is open to others (mode {stat.S_IMODE(found.st_mode):04o})")
