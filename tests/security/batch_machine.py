"""Two users submit, resubmit, retry, delete and read batches with the same ids, while a worker does a step or two."""

import base64
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from sqlalchemy import func, update

from ai_conspects.core.db import Database
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.models import Queue, RecordingStep, StepStatus
from ai_conspects.pipeline.sweeper import sweep
from tests.accounts.devices import Device, register
from tests.audio import tone
from tests.security.machines import NAMES, World, at_once

names = st.sampled_from(NAMES)
IDS = ("one", "two")
ids = st.sampled_from(IDS)
hearing = st.sampled_from(["all", "none", "half"])
AUDIO = base64.b64encode(tone(1.0)).decode()
FINISHED = {"completed", "partial", "failed"}
MOVES = {
    "accepted": {"accepted", "processing", *FINISHED},
    "processing": {"processing", *FINISHED},
    **{status: {status} for status in FINISHED},
}
"""From what was told last to what may be told next; a retry opens what has finished again."""


@dataclass(eq=False)
class Batch:
    """What its user knows of it."""

    recordings: list[str]
    sent: tuple[str, ...] = ()  # with what it came: by this it is known again, whatever was removed since
    status: str = "accepted"
    percentage: int = 0
    notes: set[str] = field(default_factory=set)
    has_failed: bool = False


class BatchMachine(RuleBasedStateMachine):
    """After each step each user sees their own batches, all of them and no other, and what is stored is theirs."""

    def __init__(self, world: World) -> None:
        super().__init__()
        self.world, self.client = world, world.client
        self.people: dict[str, Device] = {}
        self.batches: dict[str, dict[str, Batch]] = {name: {} for name in NAMES}
        world.bench.speech.before = self.hear
        self.hears, self.heard = "all", 0

    def hear(self, segment: Segment) -> None:
        """The engine fails at none, at each, or at the first and last of four: of two users in turn, at one of each."""
        self.heard += segment.start_s == 0
        if self.hears == "none" or (self.hears == "half" and self.heard % 4 < 2):
            raise EngineRejected("scripted", "It is too quiet.", code="nothing_heard")

    @initialize(hears=hearing)
    def come(self, hears: str) -> None:
        """Both with a batch that is done, has failed, or has half failed: what a random order seldom comes to."""
        self.people = {name: register(self.client, self.world.device_id(name)) for name in NAMES}
        for name in NAMES:
            self.send(name=name, batch_id=IDS[0], many=2, times=1)
        self.work_to_the_end(hears=hears)
        ends = {"all": {"completed"}, "none": {"failed"}, "half": FINISHED}
        for name in NAMES:
            told = self.ask(name, "GET", f"batches/{IDS[0]}/status").json()
            assert told["status"] in ends[hears], told

    def ask(self, name: str, method: str, path: str, **more: Any) -> Any:
        return self.client.request(method, f"/v1/{path}", headers=self.people[name].headers, **more)

    def submit(self, name: str, batch_id: str, recordings: list[str], depth: str = "detailed") -> Any:
        shared = {"filename": "a.wav", "duration": 1.0, "created_at": "2026-01-31T12:00:00Z", "audio_data": AUDIO}
        body = {
            "batch_id": batch_id,
            "device_id": self.people[name].device_id,
            "settings": {"analysis_depth": depth, "include_research": False, "max_notes_per_recording": 1},
            "recordings": [{"id": one, **shared} for one in recordings],
        }
        return self.ask(name, "POST", "batches/submit", json=body)

    @rule(name=names, batch_id=ids, many=st.integers(1, 2), times=st.integers(1, 2))
    def send(self, name: str, batch_id: str, many: int, times: int) -> None:
        """Once or twice at once. What was sent before stands; another content under the same id is a conflict."""
        recordings = [f"{batch_id}-{number}" for number in range(many)]
        known = self.batches[name].get(batch_id)
        for answer in at_once(*[lambda: self.submit(name, batch_id, recordings)] * times):
            if known and known.sent != tuple(recordings):
                assert (answer.status_code, answer.json()["code"]) == (409, "batch_exists")
                continue
            assert answer.status_code == 200, answer.text
            assert answer.json()["status"] in (MOVES[known.status] if known else {"accepted"})
            self.batches[name].setdefault(batch_id, Batch(list(recordings), tuple(recordings)))

    @rule(name=names, batch_id=ids, other=ids)
    def send_a_recording_again(self, name: str, batch_id: str, other: str) -> None:
        """In another batch it is a conflict, and leaves nothing."""
        known = self.batches[name].get(batch_id)
        if known and other not in self.batches[name]:
            answer = self.submit(name, other, known.recordings[:1])
            assert (answer.status_code, answer.json()["code"]) == (409, "recording_exists")

    @rule(steps=st.integers(1, 4), hears=hearing)
    def work(self, steps: int, hears: str) -> None:
        self.hears = hears
        runner = self.world.bench.runner()
        for _ in range(steps):
            any(runner.run_next(queue) for queue in Queue)

    @rule(hears=hearing)
    def work_to_the_end(self, hears: str) -> None:
        """Also what a step has left that lost a race for the database's locks: its lease ends, and it is due again."""
        self.hears = hears
        self.world.bench.run_all()
        end_leases(self.world.parts.database)
        self.world.bench.run_all()
        for name in NAMES:
            for batch_id in self.batches[name]:
                told = self.ask(name, "GET", f"batches/{batch_id}/status").json()
                assert told["status"] in FINISHED, told

    @rule(name=names, batch_id=ids, times=st.integers(1, 2))
    def retry(self, name: str, batch_id: str, times: int) -> None:
        """Opens again what has failed; what has succeeded stays."""
        known = self.batches[name].get(batch_id)
        for answer in at_once(*[lambda: self.ask(name, "POST", f"batches/{batch_id}/retry")] * times):
            if known is None:
                assert (answer.status_code, answer.json()["code"]) == (404, "batch_not_found")
                continue
            assert answer.status_code == 202, answer.text
            if known.has_failed:
                assert answer.json()["status"] == "processing"
                known.status, known.percentage = "processing", 0

    @rule(name=names, batch_id=ids, with_notes=st.booleans(), is_working=st.booleans(), times=st.integers(1, 2))
    def remove(self, name: str, batch_id: str, with_notes: bool, is_working: bool, times: int) -> None:
        """Also while a worker is at it; of two who remove it, one does."""
        known = self.batches[name].pop(batch_id, None)
        path = f"batches/{batch_id}?with_notes={str(with_notes).lower()}"
        calls = [lambda: self.ask(name, "DELETE", path)] * times
        if is_working and self.world.works_meanwhile:
            self.hears = "all"
            calls.append(lambda: any(self.world.bench.runner().run_next(queue) for queue in Queue))
        statuses = sorted(one.status_code for one in at_once(*calls)[:times])
        assert statuses == ([204] + [404] * (times - 1) if known else [404] * times)
        if known and with_notes:
            left = {note["id"] for note in self.ask(name, "GET", "notes?limit=100").json()["items"]}
            assert not left & known.notes

    @rule(name=names, batch_id=ids)
    def remove_a_recording(self, name: str, batch_id: str) -> None:
        """The last one takes its batch along."""
        known = self.batches[name].get(batch_id)
        answer = self.ask(name, "DELETE", f"recordings/{batch_id}-0")
        if known is None or f"{batch_id}-0" not in known.recordings:
            assert answer.status_code == 404
            return
        assert answer.status_code == 204
        known.recordings.remove(f"{batch_id}-0")
        known.percentage = 0  # a share of other recordings from now on, and so is what they have come to
        known.status = "processing" if known.status in FINISHED else known.status
        if not known.recordings:
            del self.batches[name][batch_id]

    @invariant()
    def each_sees_their_own_and_all_of_it(self) -> None:
        for name in self.people:
            listed = [one["batch_id"] for one in self.ask(name, "GET", "batches").json()["items"]]
            assert sorted(listed) == sorted(self.batches[name])
            for batch_id in IDS:
                known = self.batches[name].get(batch_id)
                told = self.ask(name, "GET", f"batches/{batch_id}/status")
                results = self.ask(name, "GET", f"batches/{batch_id}/results")
                if known is None:
                    assert (told.status_code, results.status_code) == (404, 404)
                else:
                    self.compare(known, told.json(), results)
            self.compare_store(name)

    def compare(self, known: Batch, told: dict[str, Any], results: Any) -> None:
        assert [one["id"] for one in told["recordings"]] == known.recordings
        assert told["status"] in MOVES[known.status], (known.status, told["status"])
        assert told["progress"]["progress_percentage"] >= known.percentage
        known.status, known.percentage = told["status"], told["progress"]["progress_percentage"]
        states = {one["status"] for one in told["recordings"]}
        known.has_failed = "failed" in states
        if known.status not in FINISHED:
            assert (results.status_code, results.json()["code"]) == (400, "batch_not_completed")
            return
        expected = {frozenset({"completed"}): "completed", frozenset({"failed"}): "failed"}
        assert known.status == expected.get(frozenset(states), "partial")
        assert results.status_code == 200, results.text
        notes = results.json()["notes"]
        assert {note["source_recording_id"] for note in notes} <= set(known.recordings)
        assert bool(notes) == ("completed" in states)
        known.notes = {note["id"] for note in notes}

    def compare_store(self, name: str) -> None:
        """One object for each recording, and none that nobody knows; notes are one's own."""
        prefix = f"audio/{self.people[name].user_id}/"
        assert len(list(self.world.parts.store.list(prefix))) == sum(
            len(batch.recordings) for batch in self.batches[name].values()
        )
        others = {
            note for other in NAMES if other != name for batch in self.batches[other].values() for note in batch.notes
        }
        assert not others & {note["id"] for note in self.ask(name, "GET", "notes?limit=100").json()["items"]}

    def teardown(self) -> None:
        """What is left would be worked on for the next ones."""
        for name in self.people:
            assert self.ask(name, "DELETE", "users/me").status_code == 204
            assert list(self.world.parts.store.list(f"audio/{self.people[name].user_id}/")) == []


def end_leases(database: Database) -> None:
    """As if the time of every step that is in hand had run out, and the sweeper had come."""
    running = update(RecordingStep).where(RecordingStep.status == StepStatus.RUNNING)
    due = update(RecordingStep).where(RecordingStep.status == StepStatus.DUE)
    with database.transaction(as_system="time in a test") as session:
        session.execute(running.values(lease_until=func.now() - timedelta(seconds=1)))
    sweep(database, max_attempts=5, queue_length=lambda _: 0)
    with database.transaction(as_system="time in a test") as session:
        session.execute(due.values(due_at=func.now()))
