"""A worker's parts over the test's own database and store, and recordings whose audio is really there."""

import hashlib
import io
from dataclasses import dataclass, field, replace
from typing import Any
from uuid import UUID

from ai_conspects.core.db import Database
from ai_conspects.core.settings import Settings
from ai_conspects.engines.registry import Engines
from ai_conspects.models import (
    AudioRecording,
    BatchStatus,
    ProcessingBatch,
    Queue,
    RecordingStep,
    StepName,
    StepStatus,
)
from ai_conspects.pipeline.runner import Runner
from ai_conspects.recordings.repository import audio_key
from tests.audio import tone
from tests.builders import a_batch, a_user
from tests.scripted import ScriptedSpeech


@dataclass
class Bench:
    """One worker, driven by hand."""

    database: Database
    settings: Settings
    engines: Engines
    speech: ScriptedSpeech
    draining: list[bool] = field(default_factory=list)

    def runner(self) -> Runner:
        engines = replace(self.engines, speech=self.speech)
        return Runner(self.database, engines, self.settings, "test-worker", lambda: bool(self.draining))

    def submit(self, user_id: UUID | None = None, *, audio: bytes | None = None, **wanted: Any) -> list[UUID]:
        """A batch whose recordings are a tone of 10 s each (the speech engine is scripted)."""
        sent = tone(10.0) if audio is None else audio
        with self.database.transaction(as_system="a test") as session:
            recordings = a_batch(session, user_id or a_user(session), **wanted)
            rows = [session.get_one(AudioRecording, one) for one in recordings]
            for row in rows:
                row.file_size, row.sha256 = len(sent), hashlib.sha256(sent).digest()
                self.engines.store.put_file(audio_key(row), io.BytesIO(sent))
        return recordings

    def run_all(self) -> None:
        """Run whatever is due, until nothing is."""
        runner = self.runner()
        while _one_of_each_queue(runner):
            pass

    def step(self, recording_id: UUID, name: StepName) -> RecordingStep:
        with self.database.transaction(as_system="a test") as session:
            return (
                session.query(RecordingStep)
                .filter(RecordingStep.recording_id == recording_id, RecordingStep.name == name)
                .one()
            )

    def run_until(self, recording_id: UUID, name: StepName) -> None:
        """Run steps until this one is due."""
        runner = self.runner()
        while self.step(recording_id, name).status != StepStatus.DUE:
            assert _one_of_each_queue(runner)

    def recording(self, recording_id: UUID) -> AudioRecording:
        with self.database.transaction(as_system="a test") as session:
            return session.get_one(AudioRecording, recording_id)

    def batch_id(self, recording_id: UUID) -> str:
        """The batch's id as its client knows it."""
        with self.database.transaction(as_system="a test") as session:
            batch_id = session.get_one(AudioRecording, recording_id).batch_id
            return session.get_one(ProcessingBatch, batch_id).client_id

    def batch_status(self, recording_id: UUID) -> BatchStatus:
        with self.database.transaction(as_system="a test") as session:
            batch_id = session.get_one(AudioRecording, recording_id).batch_id
            return session.get_one(ProcessingBatch, batch_id).status


def _one_of_each_queue(runner: Runner) -> bool:
    done = [runner.run_next(queue) for queue in Queue]
    return any(done)
