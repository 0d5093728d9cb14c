"""Takes away from this process whatever decoding doesn't need. Runs in the child, after its imports.

Each measure that the system knows and permits is taken; one that it doesn't is left out, for the others hold as well.
"""

import contextlib
import ctypes
import os
import resource
import sys

_NEW_NETWORK, _NEW_USER = 0x4000_0000, 0x1000_0000
_NO_NEW_PRIVILEGES, _NOT_DUMPABLE = 38, 4
_NOBODY = 65_534


def confine(*, memory_bytes: int, cpu_s: int, keep_files: int) -> None:
    """No network, no other user's rights, bounded memory and time; no file or socket can be opened from here on.

    `keep_files` is the number of descriptors, from 0, that stay in use.
    """
    if sys.platform == "linux":
        _leave_network()
    _leave_root()
    _limit(resource.RLIMIT_AS, memory_bytes)
    _limit(resource.RLIMIT_CPU, cpu_s)
    _limit(resource.RLIMIT_FSIZE, 0)
    _limit(resource.RLIMIT_CORE, 0)
    _limit(resource.RLIMIT_NPROC, 0)
    _limit(resource.RLIMIT_NOFILE, keep_files)


def _leave_network() -> None:
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK):
        libc.unshare(_NEW_USER | _NEW_NETWORK)
    libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    libc.prctl(_NOT_DUMPABLE, 0, 0, 0, 0)


def _leave_root() -> None:
    if os.geteuid() == 0:
        with contextlib.suppress(OSError):
            os.setgroups([])
            os.setgid(_NOBODY)
            os.setuid(_NOBODY)


def _limit(what: int, most: int) -> None:
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(what, (most, most))
