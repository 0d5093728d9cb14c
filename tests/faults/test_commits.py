"""Killed just before and just after each commit, in every step: nothing of it or all of it, and in the end once."""

from datetime import timedelta

import numpy as np
import pytest
from sqlalchemy import func, select, update

from ai_conspects.core.engine_settings import SpeechSettings
from ai_conspects.models import BatchStatus, Note, RecordingStep, StepName, StepStatus
from tests.audio import wav
from tests.bench import Bench
from tests.engines.speech_to_text.recordings import quiet, voice
from tests.faults.client import clip
from tests.faults.hands import run_until_idle
from tests.faults.history import History, violations
from tests.stubs.openai_audio import SpeechServer

KILLED = -9


@pytest.fixture
def worked(bench: Bench, speech: SpeechServer) -> Bench:
    """A bench whose steps are run by processes of their own, which hear by the speech server."""
    bench.settings.speech = SpeechSettings(engine="openai", base_url=speech.url, checkpoint_s=5)
    return bench


@pytest.mark.parametrize(("place", "claims"), [("claimed", 2), ("before_commit", 2), ("after_commit", 1)])
def test_a_kill_at_every_commit_leaves_nothing_or_all_of_it(worked: Bench, place: str, claims: int) -> None:
    [recording] = worked.submit(audio=clip(1), language="ru", include_research=False)
    for step in StepName:
        assert run_until_idle(worked.settings, f"{step}.{place}") == KILLED
        stands = worked.step(recording, step)
        if place == "after_commit":
            assert (stands.status, stands.progress) == (StepStatus.DONE, 1.0)
        else:
            assert (stands.status, stands.output, stands.finished_at) == (StepStatus.RUNNING, None, None)
        end_leases(worked)
    assert run_until_idle(worked.settings) == 0
    assert worked.batch_status(recording) == BatchStatus.COMPLETED
    assert {step: worked.step(recording, step).fence for step in StepName} == dict.fromkeys(StepName, claims)
    assert notes(worked) == 1
    assert broken(worked) == []


def test_a_kill_right_after_a_checkpoint_goes_on_from_it(worked: Bench, speech: SpeechServer) -> None:
    long = wav(np.concatenate([voice(2.0), quiet(11.0), voice(2.0), quiet(11.0), voice(2.0)]))
    [recording] = worked.submit(audio=long, language="ru", include_research=False)
    before = len(speech.asked)
    assert run_until_idle(worked.settings, "transcription.checkpoint") == KILLED
    asked = len(speech.asked) - before
    assert 0 < asked < 3
    end_leases(worked)
    assert run_until_idle(worked.settings) == 0
    assert worked.batch_status(recording) == BatchStatus.COMPLETED
    assert len(speech.asked) - before == 3  # no voice was heard twice
    assert broken(worked) == []


def test_a_recording_that_kills_its_worker_is_set_aside_and_the_others_have_their_notes(worked: Bench) -> None:
    poison, *others = worked.submit(audio=clip(1), recordings=3, language="ru", include_research=False)
    killed = 0
    while run_until_idle(worked.settings, f"alone:transcription.claimed@{poison}") == KILLED:
        killed += 1
        end_leases(worked)
    assert killed == worked.settings.worker.max_attempts == 3
    step = worked.step(poison, StepName.TRANSCRIPTION)
    assert (step.status, step.error_code, step.attempt) == (StepStatus.FAILED, "step_crashed", 3)
    assert [worked.recording(one).status for one in others] == ["completed", "completed"]
    assert worked.batch_status(poison) == BatchStatus.PARTIAL
    assert broken(worked) == []


def end_leases(bench: Bench) -> None:
    """Let the leases of the dead be over."""
    with bench.database.transaction(as_system="a test") as session:
        ended = func.now() - timedelta(seconds=1)
        running = RecordingStep.status == StepStatus.RUNNING
        session.execute(update(RecordingStep).where(running).values(lease_until=ended))


def notes(bench: Bench) -> int:
    with bench.database.transaction(as_system="a test") as session:
        return session.scalar(select(func.count()).select_from(Note)) or 0


def broken(bench: Bench) -> list[str]:
    url = bench.settings.database_url.get_secret_value()
    return violations(History(), url, bench.engines.store, swept_after=timedelta(days=1))
