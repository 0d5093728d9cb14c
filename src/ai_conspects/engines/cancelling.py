"""Stops a call to a server from outside, at once, though a thread waits for its next bytes."""

from collections.abc import Callable
from threading import Lock


class Cancellation:
    """Who waits registers how it is woken; `cancel` wakes it. Safe between threads."""

    def __init__(self) -> None:
        self.cancelled = False
        self._lock = Lock()
        self._wake: Callable[[], None] | None = None

    def on_cancel(self, wake: Callable[[], None]) -> None:
        """Call `wake` when it is cancelled; at once, if it has been."""
        with self._lock:
            self._wake = wake
            due = self.cancelled
        if due:
            wake()

    def cancel(self) -> None:
        """Stop it."""
        with self._lock:
            self.cancelled = True
            wake = self._wake
        if wake is not None:
            wake()
