"""How a batch, its recordings and their steps stand at one moment, as progress is reckoned from it. Reads nothing."""

from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from ai_conspects.models import BatchStatus, RecordingStatus, StepName, StepStatus


class StepState(NamedTuple):
    """How one step of a recording stands. `progress` is the share done, 0 to 1."""

    name: StepName
    status: StepStatus
    progress: float
    error_code: str | None = None
    error_message: str | None = None

    @property
    def share(self) -> float:
        """`progress`, held within its bounds; all of it once the step is done."""
        return 1.0 if self.status == StepStatus.DONE else max(0.0, min(1.0, self.progress))


@dataclass(frozen=True)
class RecordingState:
    """A recording and its steps, in their order. `was` is what its row says, `status` what its steps make of it."""

    id: UUID
    client_id: str
    filename: str
    duration_s: float
    was: RecordingStatus
    steps: tuple[StepState, ...]

    @property
    def weight_s(self) -> float:
        """Its duration; a second where it is shorter, for it is work all the same."""
        return max(1.0, self.duration_s)

    @cached_property
    def failed_step(self) -> StepState | None:
        """The step that failed, if one did: it makes the recording a failed one."""
        return next((step for step in self.steps if step.status == StepStatus.FAILED), None)

    @cached_property
    def status(self) -> RecordingStatus:
        """One that has begun doesn't become pending again."""
        if self.failed_step:
            return RecordingStatus.FAILED
        statuses = {step.status for step in self.steps}
        if StepStatus.CANCELLED in statuses:
            return RecordingStatus.CANCELLED
        if statuses == {StepStatus.DONE}:
            return RecordingStatus.COMPLETED
        has_begun = statuses & {StepStatus.RUNNING, StepStatus.DONE} or self.was == RecordingStatus.PROCESSING
        return RecordingStatus.PROCESSING if has_begun else RecordingStatus.PENDING

    @property
    def open_step(self) -> StepState | None:
        """The step that it is in, waits for or failed at; None when all are done."""
        left = (step for step in self.steps if step.status != StepStatus.DONE)
        return self.failed_step or next(left, None)


@dataclass(frozen=True)
class Standing:
    """A batch and its recordings."""

    id: UUID
    status: BatchStatus
    progress: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    recordings: list[RecordingState]
