"""What listeners are told of a step."""

from sqlalchemy.orm import Session

from ai_conspects.batches.telling import Names, tell_recording
from ai_conspects.core.events import EventType
from ai_conspects.models import StepName, StepStatus
from ai_conspects.pipeline.step import Outcome


def tell_step(
    session: Session,
    named: Names,
    step: StepName,
    status: StepStatus,
    *,
    progress: float | None = None,
    outcome: Outcome | None = None,
    error: tuple[str, str] | None = None,
) -> None:
    """How the step stands now. `progress` is the share done, 0 to 1; `error` a code and a sentence."""
    data = {
        "step": step,
        "status": status,
        "progress": None if progress is None else int(100 * progress),
        "engine": outcome.engine if outcome else None,
        "notice": outcome.notice if outcome else None,
        "error": {"code": error[0], "message": error[1]} if error else None,
    }
    tell_recording(session, EventType.RECORDING_STEP, named, data)
