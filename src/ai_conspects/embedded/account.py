"""Which account runs PostgreSQL, which refuses to run as root. Accounts are found, never made."""

import os
import pwd
import subprocess
from dataclasses import dataclass
from pathlib import Path

from ai_conspects.embedded.errors import ProgramMissing, Unreachable

UNPRIVILEGED = ("postgres", "nobody")

_FIRST_BLOCKED = 'for f in "$@"; do test -e "$f" || exit 0; test -x "$f" || { printf %s "$f"; exit 1; }; done'


@dataclass(frozen=True)
class Account:
    """An account of this machine other than root."""

    name: str
    uid: int
    gid: int


def choose(data: Path) -> Account | None:
    """Whom to become for PostgreSQL: nobody else for an ordinary user; for root, the owner of the data, if there is any
    data yet, else the first of `UNPRIVILEGED` that exists."""
    if os.geteuid() != 0:
        return None
    names = [*_owner(data), *UNPRIVILEGED]
    for name in names:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise ProgramMissing("PostgreSQL", "does not run as root, and neither 'postgres' nor 'nobody' exists here")


def require_reach(account: Account | None, folder: Path) -> None:
    """Raise `Unreachable` where the account cannot traverse to the folder, as far as that exists."""
    blocked = first_blocked(account, folder)
    if account and blocked:
        raise Unreachable(folder, blocked, account.name)


def first_blocked(account: Account | None, folder: Path) -> Path | None:
    """The topmost folder on the way that the account may not enter, as the kernel says; None: the way is open."""
    if account is None:
        return None
    way = [str(part) for part in (*reversed(folder.parents), folder)]
    asked = subprocess.run(
        ["/bin/sh", "-c", _FIRST_BLOCKED, "sh", *way],
        user=account.uid,
        group=account.gid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    return Path(asked.stdout) if asked.returncode else None


def _owner(data: Path) -> list[str]:
    try:
        uid = data.stat().st_uid
        return [pwd.getpwuid(uid).pw_name] if uid else []
    except (OSError, KeyError):
        return []
