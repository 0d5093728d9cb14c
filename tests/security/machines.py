"""What the state machines share: a server with its database, two people, and how a machine is run."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

from ai_conspects.accounts.dependencies import Parts
from tests.bench import Bench

NAMES = ("ann", "bob")


@dataclass
class World:
    """The real application, and a worker driven by hand. Each machine's run takes devices that nobody had before."""

    client: TestClient
    parts: Parts
    bench: Bench
    works_meanwhile: bool = False  # a worker in a thread of its own: for the long runs, as its order is chance
    numbers: Any = field(default_factory=count)

    def device_id(self, name: str) -> str:
        return f"{name}-{next(self.numbers)}"


def at_once(*calls: Callable[[], Any]) -> list[Any]:
    """What came of them, each in a thread of its own."""
    with ThreadPoolExecutor(len(calls)) as crowd:
        return [each.result() for each in [crowd.submit(call) for call in calls]]


def run(machine: Callable[[], RuleBasedStateMachine], *, examples: int, steps: int, of: int | None = None) -> None:
    """Run it: without a seed each time the same."""
    wanted = settings(
        max_examples=examples,
        stateful_step_count=steps,
        derandomize=of is None,
        database=None,
        deadline=None,
        phases=[Phase.generate] if of is None else [Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        print_blob=False,
    )
    if of is not None:
        seed(of)(machine)
    run_state_machine_as_test(machine, settings=wanted)  # type: ignore[arg-type]  # whatever makes one does
