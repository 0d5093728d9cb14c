"""One client's box: what it is still to be told. It is bounded, so that a client that doesn't read costs no memory."""

import asyncio
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum
from math import inf

from ai_conspects.accounts.tokens import Claims
from ai_conspects.core.clock import now
from ai_conspects.core.event_stream import Entry

SLACK_S = 0.05
"""A timer may go off a little early; the token's end shall have come by then."""

BOX = 500
"""Events that may wait for a client that reads slowly."""


class Mark(Enum):
    """What else a listener is told: to look for what was missed, or that something was lost for good."""

    LOOK = "look"
    LOST = "lost"


class Ending(Enum):
    """Why a client is sent away. The value is the close code of a socket (RFC 6455; 4000–4999 are ours)."""

    LEFT = 1000
    RESTART = 1012
    SLOW = 1013
    SESSION_ENDED = 4401


@dataclass(eq=False)
class Listener:
    """`claims` say who it is; `told_until` is the time of the last change of a batch that it was told."""

    claims: Claims
    told_until: datetime = field(default_factory=now)
    ending: Ending | None = None
    _box: deque[Entry | Mark] = field(default_factory=deque)
    _filled: asyncio.Event = field(default_factory=asyncio.Event)

    def put(self, item: Entry | Mark) -> None:
        """Tell it; one whose box is full is sent away."""
        if len(self._box) >= BOX:
            self.end(Ending.SLOW)
        if self.ending is None:
            self._box.append(item)
            self._filled.set()

    def end(self, why: Ending) -> None:
        """Send it away: it hears nothing more."""
        if self.ending is None:
            self.ending = why
            self._box.clear()
            self._filled.set()

    async def next(self, timeout_s: float) -> Entry | Mark | None:
        """What comes next; None after `timeout_s` of silence, and where the listener is to go."""
        if not self._box and self.ending is None:
            with suppress(TimeoutError):
                async with asyncio.timeout(min(timeout_s, self._lives_s() + SLACK_S)):
                    await self._filled.wait()
        if self._lives_s() <= 0:
            self.end(Ending.SESSION_ENDED)
        if not self._box:
            return None
        item = self._box.popleft()
        if not self._box and self.ending is None:
            self._filled.clear()
        return item

    def _lives_s(self) -> float:
        """Seconds until its token ends."""
        return inf if self.claims.expires_at is None else (self.claims.expires_at - now()).total_seconds()
