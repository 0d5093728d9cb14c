"""Takes away from this process whatever decoding doesn't need. Runs in the child, which imports nothing after it.

Each measure that the system knows and permits is taken; one that it doesn't is left out, for the others hold as well.
"""

import contextlib
import ctypes
import os
import resource
import signal
import sys

_NEW_NETWORK, _NEW_USER = 0x4000_0000, 0x1000_0000
_DEATH_SIGNAL, _NOT_DUMPABLE, _NO_NEW_PRIVILEGES = 1, 4, 38
_NOBODY = 65_534


def confine(*, memory_bytes: int, cpu_s: int, keep_files: int) -> None:
    """No network, no other user's rights, bounded memory and time; no file or socket can be opened from here on.

    `keep_files` is the number of descriptors, from 0, that stay in use.
    """
    leave_network()
    _leave_root()
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_s)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, keep_files)


def leave_network() -> None:
    """No network from here on, no new privileges, and no look into this process by others of its user."""
    if sys.platform != "linux":
        return
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK):
        libc.unshare(_NEW_USER | _NEW_NETWORK)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.prctl(_NOT_DUMPABLE, 0, 0, 0, 0)


def die_with(parent: int) -> None:
    """End this process when its parent, of that number, ends; at once where it has. `confine` would undo it."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_DEATH_SIGNAL, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(1)


def _leave_root() -> None:
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)


def _limit(what: int, most: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(what, (most, most))
