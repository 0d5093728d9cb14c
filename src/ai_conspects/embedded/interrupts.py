"""SIGINT and SIGTERM both mean "stop": they interrupt what runs, except where that would leave things half done."""

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)
_Handler = Callable[[int, FrameType | None], object] | int | None


class Interrupts:
    """Turns both signals into `KeyboardInterrupt`; inside `held`, they are only remembered in `asked`."""

    def __init__(self) -> None:
        self.asked = False
        self._held = False
        self._before: dict[signal.Signals, _Handler] = {}

    def install(self) -> None:
        """Take the signals over. Only the main thread can; in another, nothing happens."""
        if threading.current_thread() is threading.main_thread() and not self._before:
            self._before = {number: signal.signal(number, self._on_signal) for number in SIGNALS}

    def restore(self) -> None:
        """Give the signals back."""
        for number, handler in self._before.items():
            signal.signal(number, handler)
        self._before = {}

    @contextmanager
    def held(self) -> Iterator[None]:
        """Remember signals, raise nothing."""
        before, self._held = self._held, True
        try:
            yield
        finally:
            self._held = before

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.asked = True
        if not self._held:
            raise KeyboardInterrupt
