"""Keeps children running: starts again what died, more and more slowly, and gives up loudly. Started by `stack`."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field

import structlog

from ai_conspects.embedded.child import Child
from ai_conspects.embedded.errors import GaveUp

log = structlog.get_logger()

FIRST_PAUSE_S = 0.5
LONGEST_PAUSE_S = 15.0
STEADY_S = 60.0
"""A child that ran for so long has recovered: its deaths before that are forgotten."""
MOST_DEATHS = 6


@dataclass
class _Watched:
    child: Child
    deaths: int = 0
    start_at: float | None = None


@dataclass
class Supervisor:
    """The children, in the order of their start. `clock` gives seconds that never go back."""

    clock: Callable[[], float] = time.monotonic
    _watched: list[_Watched] = field(default_factory=list)

    @property
    def children(self) -> list[Child]:
        """All that were given in care."""
        return [watched.child for watched in self._watched]

    def watch(self, child: Child) -> None:
        """Take a started child into care."""
        self._watched.append(_Watched(child))

    def tend(self) -> None:
        """One look at all: note who died, start whose pause is over, keep logs short. Raises `GaveUp`."""
        for watched in self._watched:
            watched.child.trim_log()
            if watched.child.pid is None:
                self._revive(watched)

    def _revive(self, watched: _Watched) -> None:
        child, now = watched.child, self.clock()
        if watched.start_at is None:
            if now - child.started_at > STEADY_S:
                watched.deaths = 0
            watched.deaths += 1
            if watched.deaths >= MOST_DEATHS:
                raise GaveUp(child.service.name, watched.deaths, child.log, child.tail())
            watched.start_at = now + min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** (watched.deaths - 1))
            log.warning("embedded.died", part=child.service.name, deaths=watched.deaths, exit=child.exit_code)
        elif now >= watched.start_at:
            watched.start_at = None
            child.start()
            log.info("embedded.started_again", part=child.service.name)
