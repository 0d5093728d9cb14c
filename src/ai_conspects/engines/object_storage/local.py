"""Objects as files below one folder, for the embedded mode; readable by their owner only."""

import os
import re
import time
from functools import partial
from pathlib import Path, PurePosixPath

from obstore.store import LocalStore

from ai_conspects.engines.object_storage.obstore import ObstoreStore
from ai_conspects.engines.object_storage.obstore_errors import translated

NAME = "local disk"
MENDS = "AI_CONSPECTS_HOME"
STALE_S = 86_400.0

_STAGED = re.compile(r".+#\d+")


def local_store(root: Path) -> ObstoreStore:
    """A store in `root`, which is made when it is missing."""
    with translated(NAME, MENDS):
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        root.chmod(0o700)

    def probe() -> None:
        if not root.is_dir():
            raise NotADirectoryError(root)
        if not os.access(root, os.R_OK | os.W_OK | os.X_OK):
            raise PermissionError(root)

    return ObstoreStore(LocalStore(root), name=NAME, mends=MENDS, probe=probe, settle=partial(make_durable, root))


def make_durable(root: Path, key: str) -> None:
    """Bring a file, and the entries of the folders that lead to it, to the disk itself; for the owner's eyes only.

    A file's own `fsync` doesn't save its name: that stands in the folder (fsync(2)).
    """
    (root / key).chmod(0o600)
    _sync(root / key)
    for relative in PurePosixPath(key).parents:
        (root / relative).chmod(0o700)
        _sync(root / relative)


def sweep_unfinished(root: Path, older_than_s: float = STALE_S) -> int:
    """Remove what killed writers left behind (`name#1`, never visible as an object). Returns how many there were."""
    before, swept = time.time() - older_than_s, 0
    for path in root.rglob("*#*"):
        if _STAGED.fullmatch(path.name) and path.is_file() and path.stat().st_mtime < before:
            path.unlink(missing_ok=True)
            swept += 1
    return swept


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
