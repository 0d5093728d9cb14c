"""A recording's way from audio to notes, and every way to be stopped on it."""

import io
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import delete, func, select, update

from ai_conspects.core.engine_settings import SpeechSettings
from ai_conspects.core.settings import WorkerSettings
from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.models import (
    AudioRecording,
    BatchStatus,
    Citation,
    Note,
    NoteChunk,
    NoteRelationship,
    RecordingStatus,
    RecordingStep,
    StepName,
    StepStatus,
    Transcript,
)
from ai_conspects.models import Segment as SegmentRow
from ai_conspects.pipeline.research_augmentation import NO_ENGINE
from ai_conspects.pipeline.sweeper import sweep
from ai_conspects.pipeline.transcription import ALL_DOUBTED, NO_SPEECH
from ai_conspects.recordings.repository import audio_key
from tests.audio import silence
from tests.bench import Bench
from tests.builders import a_user
from tests.scripted import LECTURE, spoken


class WorkerKilled(BaseException):
    """The process is gone: nothing after this line runs."""


def failing(at_s: float, error: BaseException, times: int = 1) -> Callable[[Segment], None]:
    """Raise when the engine comes to this second, so many times."""
    left = [times]

    def before(segment: Segment) -> None:
        if segment.start_s >= at_s and left[0] > 0:
            left[0] -= 1
            raise error

    return before


def expire_lease(bench: Bench) -> None:
    with bench.database.transaction(as_system="a test") as session:
        ended = RecordingStep.started_at
        session.execute(
            update(RecordingStep).where(RecordingStep.status == StepStatus.RUNNING).values(lease_until=ended)
        )
    sweep(bench.database, max_attempts=bench.settings.worker.max_attempts, queue_length=lambda _: 0)


def make_due_now(bench: Bench) -> None:
    with bench.database.transaction(as_system="a test") as session:
        due = RecordingStep.status == StepStatus.DUE
        session.execute(update(RecordingStep).where(due).values(due_at=func.now()))


def transcript_texts(bench: Bench, recording_id: UUID) -> list[str]:
    with bench.database.transaction(as_system="a test") as session:
        found = select(SegmentRow.text).join(Transcript, Transcript.id == SegmentRow.transcript_id)
        return list(session.scalars(found.where(Transcript.recording_id == recording_id).order_by(SegmentRow.position)))


def notes(bench: Bench) -> list[Note]:
    with bench.database.transaction(as_system="a test") as session:
        return list(session.scalars(select(Note)))


def test_a_recording_becomes_notes_that_cite_what_was_said(bench: Bench) -> None:
    (recording_id,) = bench.submit()
    bench.run_all()
    assert bench.recording(recording_id).status == RecordingStatus.COMPLETED
    assert bench.batch_status(recording_id) == BatchStatus.COMPLETED
    (note,) = notes(bench)
    assert note.language == "ru"
    assert note.engine == "extractive"
    assert note.confidence == pytest.approx(0.8, abs=0.01)  # every word of an extract was said; the ears gave 0.8
    assert note.embedding is not None
    with bench.database.transaction(as_system="a test") as session:
        citations = session.scalars(select(Citation).where(Citation.note_id == note.id)).all()
        chunks = session.scalars(select(NoteChunk).where(NoteChunk.note_id == note.id)).all()
    assert citations
    assert all(any(said in citation.quote for said in LECTURE) for citation in citations)
    assert all(0 <= (one.start_s or 0) < (one.end_s or 0) <= 10 for one in citations)
    spoken_chunks = " ".join(chunk.text for chunk in chunks if chunk.start_s is not None)
    assert all(said in spoken_chunks for said in LECTURE)


def test_the_true_length_and_format_are_measured(bench: Bench) -> None:
    (recording_id,) = bench.submit()
    bench.run_until(recording_id, StepName.TRANSCRIPTION)
    recording = bench.recording(recording_id)
    assert recording.duration == pytest.approx(10.0, abs=0.05)
    assert (recording.sample_rate, recording.channels, recording.format) == (16_000, 1, "wav")


def test_each_result_says_which_engine_made_it(bench: Bench) -> None:
    (recording_id,) = bench.submit()
    bench.run_all()
    assert bench.step(recording_id, StepName.TRANSCRIPTION).engine == "scripted"
    assert bench.step(recording_id, StepName.NOTE_GENERATION).engine == "extractive"
    assert (bench.step(recording_id, StepName.RELATIONSHIP_MAPPING).engine or "").startswith("hashed")
    research = bench.step(recording_id, StepName.RESEARCH_AUGMENTATION)
    assert (research.engine, research.notice) == (None, NO_ENGINE)


@pytest.mark.parametrize("heard", [[], [Segment(0, 1, ".", 0.4)]], ids=["nothing", "a full stop"])
def test_silence_ends_well_and_without_a_note(bench: Bench, heard: list[Segment]) -> None:
    bench.speech.segments = heard
    (recording_id,) = bench.submit(audio=silence(3))
    bench.run_all()
    assert bench.recording(recording_id).status == RecordingStatus.COMPLETED
    assert bench.step(recording_id, StepName.TRANSCRIPTION).notice == NO_SPEECH
    assert notes(bench) == []


def test_music_ends_well_without_a_note_and_says_that_nothing_is_certain(bench: Bench) -> None:
    bench.speech.segments = [Segment(0, 2, "Ля ля ля, никто не говорил.", 0.2, flags=("music",))]
    (recording_id,) = bench.submit()
    bench.run_all()
    assert bench.recording(recording_id).status == RecordingStatus.COMPLETED
    assert bench.step(recording_id, StepName.TRANSCRIPTION).notice == ALL_DOUBTED
    assert notes(bench) == []


def test_what_is_no_audio_fails_alone_and_the_rest_of_the_batch_has_its_notes(bench: Bench) -> None:
    good, bad = bench.submit(recordings=2)
    bench.engines.store.put_file(audio_key(bench.recording(bad)), io.BytesIO(b"Dear diary, this is text."))
    bench.run_all()
    assert bench.recording(good).status == RecordingStatus.COMPLETED
    failed = bench.recording(bad)
    assert (failed.status, failed.error_code) == (RecordingStatus.FAILED, "not_audio")
    assert bench.batch_status(bad) == BatchStatus.PARTIAL
    assert len(notes(bench)) == 1


def test_a_killed_worker_resumes_from_its_checkpoint(bench: Bench) -> None:
    bench.settings = bench.settings.model_copy(update={"speech": SpeechSettings(checkpoint_s=5)})
    bench.speech.before = failing(8.0, WorkerKilled())
    (recording_id,) = bench.submit()
    with pytest.raises(WorkerKilled):
        bench.run_all()
    assert transcript_texts(bench, recording_id) == list(LECTURE[:3])
    expire_lease(bench)
    bench.run_all()
    assert bench.speech.since_s == [0.0, 6.0]
    assert transcript_texts(bench, recording_id) == list(LECTURE)
    assert len(notes(bench)) == 1


def test_a_step_that_kills_its_worker_is_set_aside_and_the_others_go_on(bench: Bench) -> None:
    poison, other = bench.submit(recordings=2)

    def kill(_: Segment) -> None:
        if bench.step(poison, StepName.TRANSCRIPTION).status == StepStatus.RUNNING:
            raise WorkerKilled

    bench.speech.before = kill
    for _ in range(3):
        with pytest.raises(WorkerKilled):
            bench.run_all()
        expire_lease(bench)
    bench.run_all()
    assert bench.recording(poison).error_code == "step_crashed"
    assert bench.recording(other).status == RecordingStatus.COMPLETED
    assert bench.batch_status(poison) == BatchStatus.PARTIAL


def test_an_engine_that_is_away_is_waited_for_as_long_as_it_asks(bench: Bench) -> None:
    bench.speech.before = failing(0.0, EngineUnavailable("scripted", "Too many requests.", retry_after=120))
    (recording_id,) = bench.submit()
    bench.run_all()
    waiting = bench.step(recording_id, StepName.TRANSCRIPTION)
    assert (waiting.status, waiting.attempt, waiting.waits) == (StepStatus.DUE, 0, 1)
    assert waiting.due_at is not None
    assert waiting.started_at is not None
    assert (waiting.due_at - waiting.started_at).total_seconds() >= 120
    make_due_now(bench)
    bench.run_all()
    assert bench.recording(recording_id).status == RecordingStatus.COMPLETED


def test_patience_ends_with_the_cause(bench: Bench) -> None:
    bench.settings = bench.settings.model_copy(update={"worker": WorkerSettings(patience_s=0)})
    bench.speech.before = failing(0.0, EngineUnavailable("scripted", "Connection refused."))
    (recording_id,) = bench.submit()
    bench.run_all()
    failed = bench.recording(recording_id)
    assert (failed.status, failed.error_code) == (RecordingStatus.FAILED, "engine_unavailable")
    assert "Connection refused." in (failed.error_message or "")


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (EngineRejected("scripted", "Russian is beyond me.", code="language_unsupported"), "language_unsupported"),
        (EngineMisconfigured("scripted", "Set OPENAI_API_KEY."), "engine_misconfigured"),
    ],
)
def test_what_will_not_mend_itself_fails_at_once_with_its_reason(bench: Bench, error: Exception, code: str) -> None:
    bench.speech.before = failing(0.0, error)
    (recording_id,) = bench.submit()
    bench.run_all()
    failed = bench.recording(recording_id)
    assert (failed.error_code, failed.error_message) == (code, str(error))


def test_a_crash_is_tried_again_and_given_up_after_three(bench: Bench) -> None:
    bench.speech.before = failing(0.0, ZeroDivisionError(), times=3)
    (recording_id,) = bench.submit()
    for attempt in (1, 2):
        bench.run_all()
        waiting = bench.step(recording_id, StepName.TRANSCRIPTION)
        assert (waiting.status, waiting.attempt) == (StepStatus.DUE, attempt)
        make_due_now(bench)
    bench.run_all()
    assert bench.recording(recording_id).error_code == "internal_error"


def test_the_log_of_a_crash_says_where_and_not_what_was_said(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    bench.speech.before = failing(0.0, ValueError("канарейка: пароль от сейфа 1234"))
    bench.submit()
    bench.run_all()
    logged = "".join(capsys.readouterr())
    assert "step.crashed" in logged
    assert "transcription.py" in logged
    assert "канарейка" not in logged


def test_patience_is_counted_from_the_last_progress(bench: Bench) -> None:
    bench.settings = bench.settings.model_copy(update={"speech": SpeechSettings(checkpoint_s=5)})
    bench.speech.before = failing(0.0, EngineUnavailable("scripted", "Busy."))
    (recording_id,) = bench.submit()
    bench.run_all()
    assert bench.step(recording_id, StepName.TRANSCRIPTION).waiting_since is not None
    bench.speech.before = failing(8.0, EngineUnavailable("scripted", "Busy again."))
    make_due_now(bench)
    with bench.database.transaction(as_system="a test") as session:  # it began to wait two hours ago
        waiting = RecordingStep.waiting_since.is_not(None)
        session.execute(update(RecordingStep).where(waiting).values(waiting_since=func.now() - timedelta(hours=2)))
    bench.run_all()
    again = bench.step(recording_id, StepName.TRANSCRIPTION)
    assert (again.status, again.waits) == (StepStatus.DUE, 1)


def test_a_draining_worker_gives_its_step_back_at_the_checkpoint(bench: Bench) -> None:
    bench.settings = bench.settings.model_copy(update={"speech": SpeechSettings(checkpoint_s=5)})

    def stop(segment: Segment) -> None:
        if segment.start_s >= 4:
            bench.draining.append(True)

    bench.speech.before = stop
    (recording_id,) = bench.submit()
    bench.run_all()
    released = bench.step(recording_id, StepName.TRANSCRIPTION)
    assert (released.status, released.attempt, released.worker) == (StepStatus.DUE, 0, None)
    assert transcript_texts(bench, recording_id) == list(LECTURE[:3])
    bench.draining.clear()
    bench.speech.before = lambda _: None
    bench.run_all()
    assert transcript_texts(bench, recording_id) == list(LECTURE)


def test_a_recording_deleted_while_it_is_worked_on_does_not_come_back(bench: Bench) -> None:
    def remove(_: Segment) -> None:
        with bench.database.transaction(as_system="a test") as session:
            session.execute(delete(AudioRecording))

    bench.speech.before = remove
    bench.submit()
    bench.run_all()
    with bench.database.transaction(as_system="a test") as session:
        assert session.scalars(select(Transcript)).all() == []
        assert session.scalars(select(Note)).all() == []


def test_the_same_step_run_again_makes_no_second_note(bench: Bench) -> None:
    bench.submit()
    bench.run_all()
    with bench.database.transaction(as_system="a test") as session:
        again = RecordingStep.name == StepName.NOTE_GENERATION
        session.execute(update(RecordingStep).where(again).values(status=StepStatus.DUE, due_at=func.now()))
    bench.run_all()
    assert len(notes(bench)) == 1


def test_two_recordings_about_the_same_are_related_with_a_reason(bench: Bench) -> None:
    with bench.database.transaction(as_system="a test") as session:
        user_id = a_user(session)
    for _ in range(2):
        bench.submit(user_id)
        bench.run_all()
    bench.speech.segments = spoken("Купить молоко, хлеб и масло.", "Вечером забрать посылку на почте.")
    bench.submit(user_id)
    bench.run_all()
    with bench.database.transaction(as_system="a test") as session:
        (related,) = session.scalars(select(NoteRelationship)).all()
    lectures = sorted(note.id for note in notes(bench) if "молок" not in note.content.casefold())
    assert [related.note_1_id, related.note_2_id] == lectures
    assert related.strength == pytest.approx(1.0, abs=0.01)  # the same words
    assert related.description


def test_nothing_of_another_user_is_related(bench: Bench) -> None:
    for _ in range(2):
        bench.submit()
        bench.run_all()
    with bench.database.transaction(as_system="a test") as session:
        assert session.scalars(select(NoteRelationship)).all() == []


def test_the_language_of_what_was_heard_before_a_crash_is_not_forgotten(bench: Bench) -> None:
    """`auto`: an engine that goes on near the end may hear too little to tell."""
    bench.speech.language = "und"
    (recording_id,) = bench.submit(language="auto")
    bench.run_all()
    with bench.database.transaction(as_system="a test") as session:
        transcript = session.scalars(select(Transcript)).one()
    assert transcript.language == "ru"
    assert transcript.language_probability is not None
    assert bench.recording(recording_id).status == RecordingStatus.COMPLETED
