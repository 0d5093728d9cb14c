"""How long things will take, from what this server has measured of itself; a constant is only the first guess."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from sqlalchemy import Float, Select, distinct, func, select
from sqlalchemy.orm import Session

from ai_conspects.batches.fairness import due_in_fair_order
from ai_conspects.core.scopes import elevated
from ai_conspects.models import AudioRecording, Queue, RecordingStep, StepName, StepStatus

RECENT = 50
"""Finished recordings that the figures are taken from."""

LEAST_SHARE = 0.01
"""So that every step moves the bar, however little it took here so far."""

FIRST_GUESS: Mapping[StepName, float] = {
    StepName.AUDIO_UPLOAD: 0.02,
    StepName.TRANSCRIPTION: 0.75,
    StepName.CONTENT_ANALYSIS: 0.04,
    StepName.RESEARCH_AUGMENTATION: 0.04,
    StepName.NOTE_GENERATION: 0.13,
    StepName.RELATIONSHIP_MAPPING: 0.02,
}
"""Shares of the work on a server that has finished nothing yet: it only shapes the first bars."""


_IN_HAND = (
    RecordingStep.status == StepStatus.RUNNING,
    RecordingStep.queue == Queue.AUDIO,
    RecordingStep.lease_until > func.now(),
)
"""Steps on the audio queue that a living worker is at."""


_RUNNING = (
    select(RecordingStep.batch_id, func.sum(AudioRecording.duration * (1 - RecordingStep.progress)).label("audio_s"))
    .join(AudioRecording, AudioRecording.id == RecordingStep.recording_id)
    .where(*_IN_HAND)
    .group_by(RecordingStep.batch_id)
)
"""Seconds of audio that each batch's steps in hand have left."""


@dataclass(frozen=True)
class Pace:
    """How this server works: seconds of work for a second of audio, each step's share of it, workers seen at work.

    Before the first recording is finished, a second takes a second (real time).
    """

    work_s_per_audio_s: float
    shares: Mapping[StepName, float]
    workers: int


@dataclass(frozen=True)
class Place:
    """The place of a batch's next step (0: none waits), and the seconds of audio that are served before its last."""

    position: int = 0
    ahead_audio_s: float = 0.0


@dataclass(frozen=True)
class Waiting:
    """Where each batch with a due step stands on the audio queue, and when that was, by the database's clock."""

    at: datetime
    places: Mapping[UUID, Place]


def measure_pace(session: Session) -> Pace:
    """The pace over the last finished recordings with audio, whoever's they are.

    A step counts by its time in engines, or on the clock if longer.
    """
    with elevated(session, "the pace of the whole server"):
        return _measure_pace(session)


def _measure_pace(session: Session) -> Pace:
    recent = (
        select(AudioRecording.id, AudioRecording.duration)
        .where(AudioRecording.is_processed, AudioRecording.s3_key.is_not(None))  # nothing was heard for an import
        .order_by(AudioRecording.id.desc())
        .limit(RECENT)
        .subquery()
    )
    on_clock = func.extract("epoch", RecordingStep.finished_at - RecordingStep.started_at)
    worked = func.coalesce(func.sum(func.greatest(RecordingStep.work_s, on_clock)), 0.0).cast(Float)
    rows = session.execute(
        select(RecordingStep.name, worked.label("work_s"), func.count(distinct(RecordingStep.worker)).label("workers"))
        .join(recent, recent.c.id == RecordingStep.recording_id)
        .group_by(RecordingStep.name)
    ).all()
    work_s = {row.name: float(row.work_s) for row in rows}
    audio_s = session.scalar(select(func.coalesce(func.sum(recent.c.duration), 0.0))) or 0.0
    transcribers = max((row.workers for row in rows if row.name == StepName.TRANSCRIPTION), default=0)
    workers = max(1, transcribers, _workers_busy(session))
    total_s = sum(work_s.values())
    if audio_s <= 0 or total_s <= 0:
        return Pace(1.0, FIRST_GUESS, workers)
    return Pace(total_s / audio_s, _shares(work_s), workers)


def find_place(session: Session, batch_id: UUID) -> Place:
    """The batch's place on the audio queue as it is now, where every recording begins."""
    return measure_waiting(session, batch_id).places.get(batch_id, Place())


def measure_waiting(session: Session, only: UUID | None = None) -> Waiting:
    """The places of all batches, or of this one. What already runs of others counts as ahead."""
    with elevated(session, "everybody's places in the queue"):
        places = session.execute(_places(only)).all()
        running = {row.batch_id: row.audio_s for row in session.execute(_RUNNING)}
        at = session.scalars(select(func.clock_timestamp())).one()
    running_s = sum(running.values())
    return Waiting(
        at,
        {
            row.batch_id: Place(row.first, row.before_s - row.own_s + running_s - running.get(row.batch_id, 0.0))
            for row in places
        },
    )


def minutes_left(pace: Pace, audio_s_left: Sequence[float], ahead_audio_s: float) -> int:
    """Whole minutes until recordings with so many seconds of audio left are done, after those ahead; 0: nothing left.

    The workers share the work, but a recording is never shared: the longest sets the least.
    """
    if not any(audio_s_left):
        return 0
    shared_s = (ahead_audio_s + sum(audio_s_left)) / pace.workers
    return max(1, ceil(pace.work_s_per_audio_s * max(shared_s, *audio_s_left) / 60))


def _shares(work_s: Mapping[StepName, float]) -> dict[StepName, float]:
    total = sum(work_s.values())
    parts = {name: max(LEAST_SHARE, work_s.get(name, 0.0) / total) for name in StepName}
    whole = sum(parts.values())
    return {name: part / whole for name, part in parts.items()}


def _workers_busy(session: Session) -> int:
    return session.scalar(select(func.count(distinct(RecordingStep.worker))).where(*_IN_HAND)) or 0


def _places(only: UUID | None) -> Select[UUID, int, float, float]:
    """`(batch_id, first, before_s, own_s)`: of the audio served before the batch's last step, so much is its own."""
    fair = due_in_fair_order(Queue.AUDIO, per_user=None).subquery("fair")
    before = func.sum(AudioRecording.duration).over(order_by=fair.c.place, rows=(None, -1))
    last = func.max(fair.c.place).over(partition_by=RecordingStep.batch_id)
    ranked = (
        select(
            RecordingStep.batch_id, AudioRecording.duration, fair.c.place, before.label("before_s"), last.label("last")
        )
        .select_from(fair)
        .join(RecordingStep, RecordingStep.id == fair.c.id)
        .join(AudioRecording, AudioRecording.id == RecordingStep.recording_id)
        .subquery("ranked")
    )
    own = func.sum(ranked.c.duration).filter(ranked.c.place < ranked.c.last)
    found = select(
        ranked.c.batch_id,
        func.min(ranked.c.place).label("first"),
        func.coalesce(func.max(ranked.c.before_s), 0.0).label("before_s"),
        func.coalesce(own, 0.0).label("own_s"),
    ).group_by(ranked.c.batch_id)
    return found if only is None else found.where(ranked.c.batch_id == only)
