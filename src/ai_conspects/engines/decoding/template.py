"""The process that decoders are forked from: it has imported what they need, once, and reads no recording itself.

Run as `python -m ai_conspects.engines.decoding.template`, with a socket as standard input. Each message there is the
JSON of a `child.Job` with four descriptors: the recording, where samples go, where the report goes, and a socket that
holds the child's life. The child is killed when the far end of that socket closes or stops writing; its wait status, in
four bytes, is written there when it ended. When the standard input closes, no more are begun.
"""

import contextlib
import gc
import json
import os
import select
import signal
import socket

from ai_conspects.engines.decoding import child, confinement

JOB_BYTES = 4096
"""The longest message."""
_DESCRIPTORS = 4


def main() -> None:
    """Fork a child for each job, until nobody asks any more and the last has ended."""
    confinement.leave_network()
    asked, wanted = socket.socket(fileno=0), True
    woken, waking = socket.socketpair()
    waking.setblocking(False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.set_wakeup_fd(waking.fileno(), warn_on_full_buffer=False)
    gc.freeze()  # a collection in a child would copy every page that it shares with this process
    lives: dict[int, socket.socket] = {}
    while wanted or lives:
        ready, _, _ = select.select([woken, *lives.values(), *[asked] * wanted], [], [])
        if woken in ready:
            woken.recv(JOB_BYTES)
        for pid in [pid for pid, life in lives.items() if life in ready]:
            os.kill(pid, signal.SIGKILL)  # nobody else reaps it, so the number is still its own
        _reap(lives)
        wanted = _begin(asked, lives) if asked in ready else wanted


def _begin(asked: socket.socket, lives: dict[int, socket.socket]) -> bool:
    """Fork a child for the next job; False where no more will come."""
    message, descriptors, _, _ = socket.recv_fds(asked, JOB_BYTES, _DESCRIPTORS)
    try:
        if len(descriptors) == _DESCRIPTORS:
            template = os.getpid()
            pid = os.fork()
            if not pid:
                child.run(child.Job(**json.loads(message)), *descriptors[:3], template=template)
            lives[pid] = socket.socket(fileno=os.dup(descriptors[3]))
    finally:
        for descriptor in descriptors:
            os.close(descriptor)
    return bool(message)


def _reap(lives: dict[int, socket.socket]) -> None:
    for pid, life in list(lives.items()):
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            with life, contextlib.suppress(OSError):  # whoever asked may be gone
                life.sendall(status.to_bytes(4, "little"))
            del lives[pid]


if __name__ == "__main__":
    main()
