"""Become another account, ask to be told when the parent dies, then become the program. Run by path, not imported.

    python -I -S launch.py PARENT_PID SIGNAL UID:GID|- PROGRAM ARGUMENT…

A process of its own instead of `preexec_fn`, which runs Python between fork and exec and is unsafe beside threads.
The order matters: a change of account clears the signal. Only the standard library is at hand here.
"""

import ctypes
import os
import sys

PR_SET_PDEATHSIG = 1
PARENT_IS_GONE = 113


def main(parent: int, signal_number: int, account: str, argv: list[str]) -> None:
    """Does not return. Exits with `PARENT_IS_GONE` if the parent died before the signal was asked for."""
    libc = ctypes.CDLL(None)
    if account != "-":
        uid, gid = (int(part) for part in account.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        libc.prctl(PR_SET_PDEATHSIG, signal_number, 0, 0, 0)
    if os.getppid() != parent:
        sys.exit(PARENT_IS_GONE)
    os.execv(argv[0], argv)  # noqa: S606 - no shell on purpose


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4:])
