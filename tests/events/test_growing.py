"""A reader sees a transcript grow: what a worker hears, saves and makes of it, told while it works."""

import httpx
import pytest

from ai_conspects.core.settings import Settings
from ai_conspects.engines.errors import EngineRejected, EngineUnavailable
from ai_conspects.models import StepName
from ai_conspects.pipeline import runner
from tests.batches.submits import batch, recording
from tests.bench import Bench
from tests.events.listening import Listening, Serving, Stream
from tests.pipeline.test_runner import failing, make_due_now
from tests.scripted import LECTURE


@pytest.fixture
def settings(settings: Settings) -> Settings:
    settings.speech.checkpoint_s = 5
    return settings


@pytest.fixture
def user(api: Serving, monkeypatch: pytest.MonkeyPatch) -> Listening:
    monkeypatch.setattr(runner, "TELL_EVERY_S", 0.0)  # the scripted engine hears it all within a second
    return api.register()


class Reader:
    """Keeps a transcript as `docs/events.md` says: from `from_s` on, it is what the event brings."""

    def __init__(self) -> None:
        self.segments: list[dict[str, object]] = []
        self.lengths: list[int] = []

    def take(self, told: dict[str, object]) -> None:
        kept = [one for one in self.segments if one["start"] < told["from_s"]]  # type: ignore[operator]  # plain JSON
        self.segments = [*kept, *told["segments"]]  # type: ignore[misc]  # plain JSON
        self.lengths.append(len(self.segments))


def followed(stream: Stream, reader: Reader) -> None:
    while (told := stream.next())["type"] != "batch.finished":
        if told["type"] == "recording.segments":
            reader.take(told["data"])


def test_the_transcript_grows_as_it_is_heard_and_stands_at_the_end(user: Listening, bench: Bench) -> None:
    with user.stream() as stream:
        (recording_id,) = bench.submit(user.user_id)
        bench.run_all()
        reader = Reader()
        followed(stream, reader)
    assert [one["text"] for one in reader.segments] == list(LECTURE)
    assert [(one["start"], one["end"]) for one in reader.segments] == [(2 * at, 2 * at + 2) for at in range(5)]
    assert reader.lengths[:4] == [1, 2, 3, 4]  # one after the other, the third one by a checkpoint
    saved = [told["data"]["is_saved"] for told in stream.seen if told["type"] == "recording.segments"]
    assert saved == [False, False, True, False, False, True]
    assert {told["batch_id"] for told in stream.seen} == {None, bench.batch_id(recording_id)}


def test_every_step_is_told_as_it_begins_and_ends_and_progress_never_goes_back(user: Listening, bench: Bench) -> None:
    with user.stream() as stream:
        bench.submit(user.user_id)
        bench.run_all()
        followed(stream, Reader())
    steps = [told["data"] for told in stream.seen if told["type"] == "recording.step"]
    assert [step["step"] for step in steps if step["status"] == "done"] == list(StepName)
    assert [step["step"] for step in steps if step["progress"] is None] == list(StepName)  # as it begins
    progress = [told["data"] for told in stream.seen if told["type"] == "batch.progress"]
    percentages = [told["progress_percentage"] for told in progress]
    assert percentages == sorted(percentages)
    assert len(set(percentages)) > 6
    assert (progress[-1]["status"], percentages[-1]) == ("completed", 100)
    finished = stream.seen[-1]["data"]
    assert (finished["status"], finished["recordings_processed"], finished["errors"]) == ("completed", 1, [])
    (note,) = [told["data"] for told in stream.seen if told["type"] == "note.created"]
    assert note["title"]
    assert note["recording_id"] == steps[0]["recording_id"]


def test_what_was_heard_after_the_last_checkpoint_is_taken_back_by_the_next_try(user: Listening, bench: Bench) -> None:
    with user.stream() as stream:
        (recording_id,) = bench.submit(user.user_id)
        bench.run_until(recording_id, StepName.TRANSCRIPTION)
        bench.speech.before = failing(8, EngineUnavailable("speech", "It is away."))
        bench.run_all()
        make_due_now(bench)
        bench.run_all()
        reader = Reader()
        followed(stream, reader)
    assert [one["text"] for one in reader.segments] == list(LECTURE)
    waits = [told["data"] for told in stream.seen if told["type"] == "recording.step" and told["data"]["error"]]
    assert [(told["status"], told["error"]["message"]) for told in waits] == [("due", "It is away.")]


def test_a_failure_is_told_with_its_cause(user: Listening, bench: Bench) -> None:
    bench.speech.before = failing(0, EngineRejected("speech", "It is music.", code="no_speech"))
    with user.stream() as stream:
        bench.submit(user.user_id)
        bench.run_all()
        followed(stream, Reader())
    finished = stream.seen[-1]["data"]
    assert finished["status"] == "failed"
    assert [(e["code"], e["message"]) for e in finished["errors"]] == [("no_speech", "It is music.")]


def test_a_batch_is_told_of_when_it_is_taken(user: Listening) -> None:
    document = batch(recording(), device_id="device-1")
    with user.stream() as stream:
        answer = httpx.post(
            f"{user.api.url}/v1/batches/submit", json=document, headers=user.headers, timeout=20, trust_env=False
        )
        assert answer.status_code == 200
        told = stream.until("batch.progress")
    assert told["batch_id"] == document["batch_id"]
    assert (told["data"]["status"], told["data"]["progress_percentage"]) == ("accepted", 0)
