"""What a step is: three functions, and what the runner puts into their hands.

load(session, claim) -> Loaded              read what the step needs; a short transaction
run(loaded, hands) -> Result                engines work; no transaction is open
save(session, claim, loaded, result) -> Outcome   write it; a short transaction, guarded by the fence
"""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, Generic, Protocol, TypeVar

from pydantic import BaseModel
from sqlalchemy.orm import Session

from ai_conspects.accounts.budgets import Budget
from ai_conspects.core.settings import Settings
from ai_conspects.engines.language_model.base import Meter
from ai_conspects.engines.registry import Engines
from ai_conspects.models import StepName
from ai_conspects.pipeline.claims import Claim

Loaded = TypeVar("Loaded")
Result = TypeVar("Result")


class Draining(Exception):
    """This worker is asked to stop: the step goes back as it stands at its last checkpoint."""


@dataclass(frozen=True)
class Outcome:
    """What a finished step leaves on its row: `output` is read by later steps, `notice` by people."""

    output: BaseModel | None = None
    engine: str | None = None
    notice: str | None = None


class Report(Protocol):
    """`report(share_done)`: written about once a second, and then `write` is called in that transaction.

    Raises as `checkpoint` does.
    """

    def __call__(self, share: float, write: Callable[[Session], None] | None = None) -> None: ...


@dataclass
class Hands:
    """What a running step may use. `work_s` adds up the seconds spent inside engines."""

    engines: Engines
    settings: Settings
    checkpoint: Callable[[float, Callable[[Session], None] | None], None]
    """`checkpoint(share_done, write)`: renew the lease and write, in one transaction guarded by the fence.

    Raises `LeaseLost`, and `Draining` after the write when the worker is asked to stop.
    """
    report: Report
    waited_s: Callable[[], float]
    """Seconds since the step first found an engine away, without any progress in between; 0 if it has not."""
    tokens: Meter
    """Stands around calls of the language model: the user's budget. Raises `BudgetSpent`."""
    hearing: Budget
    """The user's seconds of transcription."""
    work_s: float = field(default=0.0)

    @contextmanager
    def engine_time(self) -> Iterator[None]:
        """Count what happens inside as an engine's work."""
        since = time.perf_counter()
        try:
            yield
        finally:
            self.work_s += time.perf_counter() - since


@dataclass(frozen=True)
class Step(Generic[Loaded, Result]):
    """A step's name and its three functions."""

    name: StepName
    load: Callable[[Session, Claim], Loaded]
    run: Callable[[Loaded, Hands], Result]
    save: Callable[[Session, Claim, Loaded, Result], Outcome]


AnyStep = Step[Any, Any]
