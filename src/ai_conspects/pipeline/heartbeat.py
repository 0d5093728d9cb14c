"""Keeps a lease while its holder works, from a thread of its own."""

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from types import TracebackType

import structlog
from sqlalchemy.orm import Session

from ai_conspects.pipeline.claims import LeaseLost

log = structlog.get_logger()

Transaction = Callable[[], AbstractContextManager[Session]]
"""Begins one in which the holder's rows are seen."""


class Heartbeat:
    """Renews the lease three times in its length. `lost` is set when it has gone to somebody else.

    `renew` raises `LeaseLost` then.

    A database that is away for a moment is no reason to stop: the fence decides, when the work is to be written.
    """

    def __init__(self, transaction: Transaction, renew: Callable[[Session], object], lease_s: float, what: str) -> None:
        self.lost = threading.Event()
        self._transaction = transaction
        self._renew = renew
        self._what = what
        self._lease_s = lease_s
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._beat, name="heartbeat", daemon=True)

    def __enter__(self) -> "Heartbeat":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._thread.join()

    def _beat(self) -> None:
        while not self._stop.wait(self._lease_s / 3):
            try:
                with self._transaction() as session:
                    self._renew(session)
            except LeaseLost:
                self.lost.set()
                return
            except Exception as error:
                log.warning("lease.not_renewed", what=self._what, error=type(error).__name__)
