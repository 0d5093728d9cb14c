"""Figures about the whole server, kept in the process for some seconds: they cost more than all else that a status
asks, are the same for everybody and change slowly. Each process keeps its own; nothing is told to the others."""

import time
from collections.abc import Callable
from threading import Lock
from typing import Generic, TypeVar

from sqlalchemy.orm import Session

from ai_conspects.batches.estimate import Pace, Place, Waiting, measure_pace, measure_waiting
from ai_conspects.batches.states import Standing

PACE_FOR_S = 15.0
"""The pace is taken from the last 50 recordings; one more hardly changes it."""

WAITING_FOR_S = 3.0

T = TypeVar("T")


class Kept(Generic[T]):
    """One value, measured anew by whoever asks when it has grown too old; others who ask then wait for it."""

    def __init__(self, measure: Callable[[Session], T], for_s: float, clock: Callable[[], float]) -> None:
        self._measure, self._for_s, self._clock = measure, for_s, clock
        self._lock = Lock()
        self._value: tuple[float, T] | None = None

    def get(self, session: Session, fits: Callable[[T], bool] = lambda _: True) -> T:
        """The value, not older than so many seconds; one that doesn't fit is too old as well."""
        with self._lock:
            began = self._clock()
            if self._value is None or began - self._value[0] >= self._for_s or not fits(self._value[1]):
                self._value = began, self._measure(session)
            return self._value[1]


class ServerFigures:
    """The pace and the queue, made once for an API process."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._pace = Kept(measure_pace, PACE_FOR_S, clock)
        self._waiting: Kept[Waiting] = Kept(measure_waiting, WAITING_FOR_S, clock)

    def pace(self, session: Session) -> Pace:
        """The server's pace, as it was within the last 15 s."""
        return self._pace.get(session)

    def place(self, session: Session, batch: Standing) -> Place:
        """The batch's place, as it was within the last 3 s, and in no case before it came."""
        waiting = self._waiting.get(session, lambda known: known.at > batch.created_at)
        return waiting.places.get(batch.id, Place())
