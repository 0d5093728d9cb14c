"""Keeps a claim's lease while its step works, from a thread of its own."""

import threading
from types import TracebackType

import structlog

from ai_conspects.core.db import Database
from ai_conspects.pipeline import claims

log = structlog.get_logger()


class Heartbeat:
    """Renews the lease three times in its length. `lost` is set when the step has gone to somebody else.

    A database that is away for a moment is no reason to stop: the fence decides, when the work is to be written.
    """

    def __init__(self, database: Database, claim: claims.Claim, lease_s: float) -> None:
        self.lost = threading.Event()
        self._database = database
        self._claim = claim
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
                with self._database.transaction() as session:
                    claims.renew(session, self._claim, lease_s=self._lease_s)
            except claims.LeaseLost:
                self.lost.set()
                return
            except Exception as error:
                log.warning("lease.not_renewed", step_id=str(self._claim.step_id), error=type(error).__name__)
