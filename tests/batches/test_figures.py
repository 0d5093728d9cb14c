"""Figures about the whole server are kept for some seconds, and no longer."""

from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.batches.estimate import Place, find_place, measure_pace
from ai_conspects.batches.figures import PACE_FOR_S, WAITING_FOR_S, Kept, ServerFigures
from ai_conspects.batches.repository import standing
from ai_conspects.batches.states import Standing
from ai_conspects.core.db import Database
from ai_conspects.models import ProcessingBatch, RecordingStep
from tests.accounts.devices import register
from tests.batches.rows import add_batch, add_user
from tests.batches.submits import batch, recording


class Clock:
    """Stands until a test moves it."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_a_value_is_measured_again_when_its_time_is_over_and_not_before(database: Database, clock: Clock) -> None:
    measured: list[float] = []

    def measure(_: object) -> float:
        measured.append(clock())
        return clock()

    kept = Kept(measure, 3.0, clock)
    with database.transaction(as_system="a test") as session:
        first = kept.get(session)
        clock.now_s += 2.9
        assert kept.get(session) == first
        clock.now_s += 0.1
        assert kept.get(session) == first + 3
        assert kept.get(session, lambda value: value > first + 3) == first + 3  # measured once, whatever it is
    assert len(measured) == 3


def test_what_could_not_be_measured_is_not_kept(database: Database, clock: Clock) -> None:
    answers = iter((ZeroDivisionError(), 7))

    def measure(_: object) -> int:
        if isinstance(given := next(answers), Exception):
            raise given
        return given

    kept = Kept(measure, 3.0, clock)
    with database.transaction(as_system="a test") as session:
        with pytest.raises(ZeroDivisionError):
            kept.get(session)
        assert kept.get(session) == 7


def test_the_pace_is_as_old_as_it_may_be_and_no_older(database: Database, clock: Clock) -> None:
    figures = ServerFigures(clock)
    with database.transaction(as_system="a test") as session:
        before = figures.pace(session)
        batch_id = add_batch(session, add_user(session), 1)
        row = session.scalars(select(RecordingStep).where(RecordingStep.batch_id == batch_id)).first()
        assert row is not None
        row.worker = "another"
        session.execute(update(RecordingStep).values(status="running", lease_until="infinity"))
        add_batch(session, add_user(session), 1)
        clock.now_s += PACE_FOR_S - 0.1
        assert figures.pace(session) == before
        clock.now_s += 0.1
        assert figures.pace(session) == measure_pace(session)


def standing_of(session: Session, batch_id: UUID) -> Standing:
    batch = session.get_one(ProcessingBatch, batch_id)
    found = standing(session, batch.user_id, batch.client_id)
    assert found is not None
    return found


def test_a_place_in_the_queue_is_known_at_once_and_follows_within_seconds(database: Database, clock: Clock) -> None:
    figures = ServerFigures(clock)
    with database.transaction(as_system="a test") as session:
        first_id = add_batch(session, add_user(session), 1)
    with database.transaction(as_system="a test") as session:
        first = standing_of(session, first_id)
        assert figures.place(session, first) == find_place(session, first_id) == Place(1, 0.0)
    with database.transaction(as_system="a test") as session:
        second_id = add_batch(session, add_user(session), 2)
    with database.transaction(as_system="a test") as session:
        second = standing_of(session, second_id)
        told = figures.place(session, second)  # the queue was looked at before it came
        assert told == find_place(session, second_id) == Place(2, 60.0)
        session.execute(update(RecordingStep).where(RecordingStep.batch_id == first_id).values(status="done"))
        clock.now_s += WAITING_FOR_S - 0.1
        assert figures.place(session, second) == told
        clock.now_s += 0.1
        assert figures.place(session, second) == find_place(session, second_id) != told


def test_audio_of_others_before_the_last_recording_counts_and_no_other(client: TestClient, parts: Parts) -> None:
    lengths = {"one": (60, 60), "two": (300,), "three": (1000,)}
    for n, (name, durations) in enumerate(lengths.items()):
        device = register(client, name)
        sent = [recording(10 * n + place, duration=seconds) for place, seconds in enumerate(durations)]
        document = batch(*sent, batch_id=name, device_id=name)
        assert client.post("/v1/batches/submit", json=document, headers=device.headers).status_code == 200
    with parts.database.transaction(as_system="a test") as session:
        known = {row.client_id: row.id for row in session.scalars(select(ProcessingBatch))}
        places = {name: find_place(session, known[name]) for name in lengths}
        # in turns: the first of one, two, three, and then the second of one
        assert places == {"one": Place(1, 1300.0), "two": Place(2, 60.0), "three": Place(3, 360.0)}
        first = select(RecordingStep.id).where(RecordingStep.batch_id == known["one"], RecordingStep.status == "due")
        running = update(RecordingStep).where(RecordingStep.id.in_(first.order_by(RecordingStep.id).limit(1)))
        session.execute(running.values(status="running", progress=0.5, lease_until="infinity", worker="w"))
        assert find_place(session, known["two"]) == Place(1, 30.0)  # what is left of the one in hand
        assert find_place(session, known["one"]).ahead_audio_s == 1300.0  # its own isn't ahead of itself
