"""Who is next: the one order in which due steps are served, for the claim and for the place that a client is told.

Users take turns. A user's nth due step stands behind everybody's steps that would run as an earlier one of theirs,
counting what runs already; between equals the user whose last start is longest ago (or never was) goes first.
"""

from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import CTE, ColumnElement, Label, Select, func, literal_column, select, true
from sqlalchemy.orm import aliased

from ai_conspects.models import RecordingStep
from ai_conspects.models.recording_step import Queue, StepStatus

CANDIDATES_PER_USER = 8
"""How many of a user's due steps a claim looks at, so that it finds a free one where others lock the first."""

# Words of a partial index stand in the statement itself: a bound parameter would hide the index from a generic plan.
_DUE: ColumnElement[StepStatus] = literal_column("'due'")
_RUNNING: ColumnElement[StepStatus] = literal_column("'running'")

_NOW = func.statement_timestamp()
"""Later than `now()` where the transaction has waited for another one, whose steps are due since."""


@cache  # a dozen milliseconds to build, and asked for at every claim
def claimable(queue: Queue) -> Select[RecordingStep]:
    """The next step of a queue, locked. Steps that another transaction holds are passed over; none is no row."""
    fair = due_in_fair_order(queue).subquery("fair")
    return (
        select(RecordingStep)
        .join(fair, RecordingStep.id == fair.c.id)
        .where(RecordingStep.status == _DUE)  # looked at again after the lock: another claim may just have committed
        .order_by(fair.c.place)
        .limit(1)
        .with_for_update(of=RecordingStep, skip_locked=True)
    )


@cache
def due_in_fair_order(queue: Queue, *, per_user: int | None = CANDIDATES_PER_USER) -> Select[UUID, int]:
    """`(id, place)` of the steps that are due now, place 1 first; `per_user=None` gives every one of them.

    Costs a few index probes for each user who waits, however long their queues are. Uses `ix_recording_steps_due`,
    `_running` and `_started`.
    """
    users = _users_waiting(queue).cte("users_waiting").prefix_with("MATERIALIZED")
    step = aliased(RecordingStep, name="step")
    turn = func.row_number().over(order_by=(step.due_at, step.id))
    head = (
        select(step.id, step.due_at, turn.label("turn"))
        .where(step.status == _DUE, step.queue == queue, step.user_id == users.c.user_id, step.due_at <= _NOW)
        .order_by(step.due_at, step.id)
        .limit(per_user)
        .lateral("head")
    )
    order = (head.c.turn + users.c.running, users.c.last_start.asc().nulls_first(), head.c.due_at, head.c.id)
    place: Label[int] = func.row_number().over(order_by=order).label("place")
    return select(head.c.id, place).select_from(users).join(head, true()).order_by(place)


def _users_waiting(queue: Queue) -> Select[UUID, int, datetime]:
    """`(user_id, running, last_start)` of each user with a due step."""
    walk = _user_walk(queue)
    running = _running_per_user(queue).subquery("running_per_user")
    step = aliased(RecordingStep)
    last_start = select(func.max(step.started_at)).where(step.queue == queue, step.user_id == walk.c.user_id)
    return (
        select(
            walk.c.user_id,
            func.coalesce(running.c.steps, 0).label("running"),
            last_start.scalar_subquery().label("last_start"),
        )
        .outerjoin(running, running.c.user_id == walk.c.user_id)
        .where(walk.c.user_id.is_not(None))
    )


def _user_walk(queue: Queue) -> CTE:
    """Each user with a due step once, by jumping from user to user in the index instead of reading every step."""
    known = select(_least_user_after(queue, None).label("user_id")).cte("user_walk", recursive=True)
    return known.union_all(select(_least_user_after(queue, known.c.user_id)).where(known.c.user_id.is_not(None)))


def _least_user_after(queue: Queue, user_id: ColumnElement[UUID] | None) -> ColumnElement[UUID]:
    step = aliased(RecordingStep)
    least = select(step.user_id).where(step.status == _DUE, step.queue == queue).order_by(step.user_id).limit(1)
    if user_id is not None:
        least = least.where(step.user_id > user_id)
    return least.scalar_subquery()


def _running_per_user(queue: Queue) -> Select[UUID, int]:
    """Steps in hand, of workers that are alive."""
    step = aliased(RecordingStep)
    return (
        select(step.user_id, func.count().label("steps"))
        .where(step.status == _RUNNING, step.queue == queue, step.lease_until > _NOW)
        .group_by(step.user_id)
    )
