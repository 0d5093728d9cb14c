"""How far a batch has come, reckoned from its steps. Pure: it reads and writes nothing."""

from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from operator import mul
from typing import Literal

from ai_conspects.batches.states import RecordingState
from ai_conspects.models import BatchStatus, RecordingStatus, StepName, StepStatus

ENDED = frozenset({RecordingStatus.COMPLETED, RecordingStatus.FAILED, RecordingStatus.CANCELLED})

Shares = Mapping[StepName, float]
"""Each step's share of a recording's work; they add up to 1."""


@dataclass(frozen=True)
class BatchProgress:
    """What a client is told of a batch as a whole."""

    status: BatchStatus
    current_step: StepName | Literal["pending"]
    completed_steps: tuple[StepName, ...]
    percentage: int
    done: tuple[float, ...]
    """Of each recording's work, 0 to 1."""


def reckon(recordings: Sequence[RecordingState], shares: Shares, *, was: BatchStatus, at_least: int) -> BatchProgress:
    """The progress of a batch that was told to be in status `was` and at `at_least` per cent before.

    A recording counts by its seconds of audio. 100 per cent is for what has ended; nothing goes back on the way.
    """
    states = {recording.status for recording in recordings}
    status = batch_status(states, was)
    done = tuple(share_done(recording, shares) for recording in recordings)
    return BatchProgress(
        status,
        _current_step(recordings, status),
        _completed_steps(recordings),
        100 if states <= ENDED else _percentage(recordings, done, at_least),
        done,
    )


def batch_status(states: Set[RecordingStatus], was: BatchStatus) -> BatchStatus:
    """What the recordings' states make of their batch."""
    if was == BatchStatus.CANCELLED:
        return was
    if not states <= ENDED:
        return was if states == {RecordingStatus.PENDING} and was == BatchStatus.ACCEPTED else BatchStatus.PROCESSING
    if RecordingStatus.COMPLETED in states:
        return BatchStatus.COMPLETED if len(states) == 1 else BatchStatus.PARTIAL
    return BatchStatus.FAILED if RecordingStatus.FAILED in states else BatchStatus.CANCELLED


def share_done(recording: RecordingState, shares: Shares) -> float:
    """0 to 1: what is done of a recording's work, by the measured weight of each step."""
    if recording.status in ENDED:
        return 1.0
    return min(1.0, sum([shares[step.name] * step.share for step in recording.steps]))


def _current_step(recordings: Sequence[RecordingState], status: BatchStatus) -> StepName | Literal["pending"]:
    """The earliest step that a recording under way has not done; at the end the last one that was come to."""
    if status == BatchStatus.ACCEPTED:
        return "pending"
    order = list(StepName)
    under_way = [recording for recording in recordings if recording.status not in ENDED]
    steps = [recording.open_step for recording in under_way or recordings]
    places = [order.index(step.name) if step else len(order) - 1 for step in steps]
    return order[min(places) if under_way else max(places)]


def _completed_steps(recordings: Sequence[RecordingState]) -> tuple[StepName, ...]:
    """Steps done for every recording that has not failed."""
    going = [recording for recording in recordings if not recording.failed_step]
    done = [{step.name for step in each.steps if step.status == StepStatus.DONE} for each in going or recordings]
    return tuple(name for name in StepName if all(name in names for names in done))


def _percentage(recordings: Sequence[RecordingState], done: Sequence[float], at_least: int) -> int:
    weights = [recording.weight_s for recording in recordings]
    share = sum(map(mul, weights, done)) / sum(weights)
    return max(min(int(100 * share), 99), min(at_least, 99))
