"""A corrected segment keeps its raw text, and only the later steps run again."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID, uuid4

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from ai_conspects.core.engine_settings import SpeechSettings
from ai_conspects.core.jobs import Job
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.base import Segment, Word
from ai_conspects.models import BatchStatus, NoteChunk, RecordingStatus, StepName, StepStatus
from ai_conspects.models import Segment as SegmentRow
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.scripted import LECTURE, spoken

WRONG = Segment(10.0, 12.0, "Трансформатор изменил обработку языка.", 0.6)
DOUBTED = Segment(12.0, 14.0, "Спасибо за просмотр этой передачи!", 0.3, flags=("no_speech",))


@pytest.fixture
def me(client: TestClient) -> Device:
    return register(client)


@pytest.fixture
def recording_id(bench: Bench, me: Device) -> UUID:
    """A finished recording, whose notes hold the wrong segment and not the doubted one."""
    bench.speech.segments = [*spoken(*LECTURE), WRONG, DOUBTED]
    (made,) = bench.submit(me.user_id)
    bench.run_all()
    with bench.database.transaction(as_system="a test") as session:
        session.get_one(type(bench.recording(made)), made).duration = 14.0
    return made


def transcript(client: TestClient, me: Device, recording_id: UUID) -> Any:
    return client.get(f"/v1/recordings/{recording_id}/transcript", headers=me.headers)


def patch(client: TestClient, me: Device, recording_id: UUID, *segments: Any, **headers: str) -> Any:
    url = f"/v1/recordings/{recording_id}/transcript"
    return client.patch(url, json={"segments": list(segments)}, headers=me.headers | headers)


def id_of(client: TestClient, me: Device, recording_id: UUID, text: str) -> str:
    found = transcript(client, me, recording_id).json()["segments"]
    return str(next(one["id"] for one in found if one["text"] == text))


def statuses(bench: Bench, recording_id: UUID) -> dict[StepName, StepStatus]:
    return {name: bench.step(recording_id, name).status for name in StepName}


def notes_text(bench: Bench) -> str:
    """What can be found in the notes: all that was said, cited or not."""
    with bench.database.transaction(as_system="a test") as session:
        return " ".join(session.scalars(select(NoteChunk.text)))


def test_a_correction_makes_the_notes_again_and_nothing_is_heard_twice(
    client: TestClient, bench: Bench, me: Device, recording_id: UUID, rung: list[Job]
) -> None:
    assert "Трансформатор" in notes_text(bench)
    heard = list(bench.speech.since_s)
    rung.clear()
    wrong = id_of(client, me, recording_id, WRONG.text)
    answer = patch(client, me, recording_id, {"id": wrong, "text": " Трансформер изменил обработку языка. "})
    assert answer.status_code == 200, answer.text
    changed = next(one for one in answer.json()["segments"] if one["id"] == wrong)
    assert (changed["text"], changed["raw_text"], changed["corrected"], changed["confidence"]) == (
        "Трансформер изменил обработку языка.", WRONG.text, True, None,
    )  # fmt: skip
    assert list(statuses(bench, recording_id).values()) == ["done", "done", "due", "waiting", "waiting", "waiting"]
    assert bench.recording(recording_id).status == RecordingStatus.PROCESSING
    assert bench.batch_status(recording_id) == BatchStatus.PROCESSING
    assert [(job.queue, job.id) for job in rung] == [("llm", bench.step(recording_id, StepName.CONTENT_ANALYSIS).id)]
    status = client.get(f"/v1/batches/{bench.batch_id(recording_id)}/status", headers=me.headers).json()
    assert 0 < status["progress"]["progress_percentage"] < 100
    assert "Трансформатор" in notes_text(bench)  # the old ones stand until there are new ones

    bench.run_all()
    assert bench.speech.since_s == heard
    assert "Трансформер" in notes_text(bench)
    assert "Трансформатор" not in notes_text(bench)
    assert bench.batch_status(recording_id) == BatchStatus.COMPLETED
    assert client.get(f"/v1/recordings/{recording_id}", headers=me.headers).json()["progress"] == 100


def test_the_raw_text_is_written_once(client: TestClient, bench: Bench, me: Device, recording_id: UUID) -> None:
    wrong = id_of(client, me, recording_id, WRONG.text)
    for text in ("Раз.", "Два.", WRONG.text):
        assert patch(client, me, recording_id, {"id": wrong, "text": text}).status_code == 200
        bench.run_all()
    with bench.database.transaction(as_system="a test") as session:
        row = session.get_one(SegmentRow, UUID(wrong))
        assert (row.text, row.raw_text) == (WRONG.text, WRONG.text)


def test_a_doubt_that_a_person_clears_lets_the_words_into_the_notes(
    client: TestClient, bench: Bench, me: Device, recording_id: UUID
) -> None:
    assert "Спасибо" not in notes_text(bench)
    doubted = id_of(client, me, recording_id, DOUBTED.text)
    answer = patch(client, me, recording_id, {"id": doubted, "text": DOUBTED.text})
    changed = next(one for one in answer.json()["segments"] if one["id"] == doubted)
    assert (changed["flags"], changed["confidence"]) == ([], 0.3)
    bench.run_all()
    assert "Спасибо" in notes_text(bench)


def test_a_speakers_name_costs_no_model(client: TestClient, bench: Bench, me: Device, recording_id: UUID) -> None:
    segment = id_of(client, me, recording_id, WRONG.text)
    named = patch(client, me, recording_id, {"id": segment, "speaker": "Анна"})
    assert [one["speaker"] for one in named.json()["segments"] if one["id"] == segment] == ["Анна"]
    assert set(statuses(bench, recording_id).values()) == {StepStatus.DONE}
    taken = patch(client, me, recording_id, {"id": segment, "speaker": None}, **{"If-Match": named.headers["ETag"]})
    assert [one["speaker"] for one in taken.json()["segments"] if one["id"] == segment] == [None]


def test_a_deleted_segment_is_gone_and_can_come_back(
    client: TestClient, bench: Bench, me: Device, recording_id: UUID
) -> None:
    wrong = id_of(client, me, recording_id, WRONG.text)
    assert WRONG.text not in patch(client, me, recording_id, {"id": wrong, "deleted": True}).text
    bench.run_all()
    assert "Трансформатор" not in notes_text(bench)
    for kind in ("txt", "srt", "vtt", "md"):
        shown = client.get(f"/v1/recordings/{recording_id}/transcript.{kind}", headers=me.headers).text
        assert "Трансформатор" not in shown
    assert WRONG.text in patch(client, me, recording_id, {"id": wrong, "deleted": False}).text


def test_a_corrected_text_keeps_the_times_of_the_words_that_stayed(
    client: TestClient, bench: Bench, me: Device
) -> None:
    words = (Word("Сеть", 0.0, 1.0, 0.9), Word("учиться", 1.0, 2.0, 0.4), Word("быстро.", 2.0, 3.0, 0.8))
    bench.speech.segments = [Segment(0.0, 3.0, "Сеть учиться быстро.", 0.7, words)]
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    segment = id_of(client, me, recording_id, "Сеть учиться быстро.")
    answer = patch(client, me, recording_id, {"id": segment, "text": "Сеть учится быстро.", "start": 0.5, "end": 2.5})
    (changed,) = answer.json()["segments"]
    assert changed["words"] == [
        {"text": "Сеть", "start": 0.5, "end": 1.0, "confidence": 0.9},
        {"text": "учится", "start": 1.0, "end": 2.0, "confidence": None},
        {"text": "быстро.", "start": 2.0, "end": 2.5, "confidence": 0.8},
    ]
    assert (changed["start"], changed["end"]) == (0.5, 2.5)


def test_a_stale_correction_is_refused(client: TestClient, bench: Bench, me: Device, recording_id: UUID) -> None:
    read = transcript(client, me, recording_id)
    segment = read.json()["segments"][0]["id"]
    fresh = patch(client, me, recording_id, {"id": segment, "speaker": "A"}, **{"If-Match": read.headers["ETag"]})
    stale = patch(client, me, recording_id, {"id": segment, "speaker": "B"}, **{"If-Match": read.headers["ETag"]})
    assert (fresh.status_code, stale.status_code, stale.json()["code"]) == (200, 412, "transcript_changed")
    assert fresh.headers["ETag"] == transcript(client, me, recording_id).headers["ETag"] != read.headers["ETag"]


def test_a_recording_that_is_worked_on_is_let_alone(client: TestClient, bench: Bench, me: Device) -> None:
    answers: list[Any] = []

    def correct_meanwhile(segment: Segment) -> None:
        answers.append(patch(client, me, busy, {"id": str(uuid4()), "text": "x"}))

    bench.speech.before = correct_meanwhile
    (busy,) = bench.submit(me.user_id)
    answers.append(patch(client, me, busy, {"id": str(uuid4()), "text": "x"}))
    bench.run_until(busy, StepName.NOTE_GENERATION)
    answers.append(patch(client, me, busy, {"id": str(uuid4()), "text": "x"}))
    assert {(one.status_code, one.json()["code"]) for one in answers} == {(409, "recording_busy")}


def test_of_two_corrections_at_once_one_is_taken(
    client: TestClient, bench: Bench, me: Device, recording_id: UUID
) -> None:
    read = transcript(client, me, recording_id)
    segment = read.json()["segments"][0]["id"]

    def correct(text: str) -> int:
        wanted = {"id": segment, "text": text}
        return int(patch(client, me, recording_id, wanted, **{"If-Match": read.headers["ETag"]}).status_code)

    with ThreadPoolExecutor(4) as pool:
        codes = sorted(pool.map(correct, ("Раз.", "Два.", "Три.", "Четыре.")))
    assert codes[0] == 200
    assert set(codes[1:]) <= {409, 412}
    bench.run_all()
    assert bench.batch_status(recording_id) == BatchStatus.COMPLETED


def test_a_recording_whose_notes_failed_is_mended_by_a_correction(
    client: TestClient, bench: Bench, me: Device, recording_id: UUID
) -> None:
    with bench.database.transaction(as_system="a test") as session:
        step = session.merge(bench.step(recording_id, StepName.NOTE_GENERATION))
        step.status, step.error_code = StepStatus.FAILED, "notes_ungrounded"
    segment = id_of(client, me, recording_id, WRONG.text)
    assert patch(client, me, recording_id, {"id": segment, "text": "Иначе."}).status_code == 200
    bench.run_all()
    assert bench.recording(recording_id).status == RecordingStatus.COMPLETED
    assert bench.recording(recording_id).error_code is None


def test_a_beginning_of_a_transcript_is_not_corrected(client: TestClient, bench: Bench, me: Device) -> None:
    def refuse(segment: Segment) -> None:
        if segment.start_s >= 8:
            raise EngineRejected("scripted", "No more.", code="too_quiet")

    bench.settings = bench.settings.model_copy(update={"speech": SpeechSettings(checkpoint_s=5)})
    bench.speech.before = refuse
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    segment = transcript(client, me, recording_id).json()["segments"][0]["id"]
    answer = patch(client, me, recording_id, {"id": segment, "text": "x"})
    assert (answer.status_code, answer.json()["code"]) == (409, "transcript_incomplete")


@pytest.mark.parametrize(
    "wanted",
    [
        {},
        {"text": ""},
        {"text": " \n "},
        {"text": None},
        {"text": "a\x00b"},
        {"text": "x" * 20_001},
        {"text": 5},
        {"start": -1},
        {"start": 5, "end": 4},
        {"end": 15.5},
        {"end": 1e300},
        {"start": "NaN"},
        {"start": None},
        {"deleted": "maybe"},
        {"speaker": "x" * 65},
        {"speaker": ""},
        {"words": []},
    ],
)
def test_a_correction_that_can_not_be_is_refused_whole(
    client: TestClient, bench: Bench, me: Device, recording_id: UUID, wanted: dict[str, Any]
) -> None:
    first, second = (one["id"] for one in transcript(client, me, recording_id).json()["segments"][:2])
    answer = patch(client, me, recording_id, {"id": first, "text": "Иначе."}, {"id": second, **wanted})
    assert answer.status_code == 422, answer.text
    assert transcript(client, me, recording_id).json()["segments"][0]["text"] == LECTURE[0]
    assert set(statuses(bench, recording_id).values()) == {StepStatus.DONE}


def test_only_ones_own_segments_once_each(client: TestClient, bench: Bench, me: Device, recording_id: UUID) -> None:
    segment = id_of(client, me, recording_id, WRONG.text)
    for segments in ([], [{"id": segment, "text": "a"}] * 2, [{"id": str(uuid4()), "text": "a"}], [{"id": "x"}]):
        assert patch(client, me, recording_id, *segments).status_code == 422
    other = register(client, "other")
    (theirs,) = bench.submit(other.user_id)
    bench.run_all()
    assert patch(client, other, theirs, {"id": segment, "text": "a"}).status_code == 422
    assert patch(client, other, recording_id, {"id": segment, "text": "a"}).json()["code"] == "recording_not_found"


@pytest.mark.parametrize(
    "body", [b"", b"[]", b"null", b'{"segments": {}}', b'{"segments": [{"id": "\\ud800"}]}', b"\xff", b"[" * 100_000]
)
def test_a_body_that_is_none_is_refused(client: TestClient, me: Device, recording_id: UUID, body: bytes) -> None:
    url = f"/v1/recordings/{recording_id}/transcript"
    answer = client.patch(url, content=body, headers=me.headers | {"Content-Type": "application/json"})
    assert answer.status_code in {400, 422}


def test_what_was_cancelled_stays_so(client: TestClient, bench: Bench, me: Device, recording_id: UUID) -> None:
    with bench.database.transaction(as_system="a test") as session:
        session.merge(bench.step(recording_id, StepName.NOTE_GENERATION)).status = StepStatus.CANCELLED
    segment = id_of(client, me, recording_id, WRONG.text)
    answer = patch(client, me, recording_id, {"id": segment, "text": "Иначе."})
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_cancelled")


def test_a_transcript_whose_segments_are_all_deleted_has_no_notes(
    client: TestClient, bench: Bench, me: Device, recording_id: UUID
) -> None:
    ids = [one["id"] for one in transcript(client, me, recording_id).json()["segments"]]
    answer = patch(client, me, recording_id, *({"id": one, "deleted": True} for one in ids))
    assert (answer.status_code, answer.json()["segments"], answer.json()["confidence"]) == (200, [], None)
    bench.run_all()
    results = client.get(f"/v1/batches/{bench.batch_id(recording_id)}/results", headers=me.headers).json()
    assert (results["status"], results["notes"]) == ("completed", [])


def test_a_worker_of_the_last_time_writes_nothing(
    client: TestClient, bench: Bench, me: Device, recording_id: UUID
) -> None:
    fence = bench.step(recording_id, StepName.NOTE_GENERATION).fence
    segment = id_of(client, me, recording_id, WRONG.text)
    patch(client, me, recording_id, {"id": segment, "text": "Иначе."})
    again = bench.step(recording_id, StepName.NOTE_GENERATION)
    assert again.fence > fence
    assert (again.attempt, again.progress, again.output, again.engine, again.work_s) == (0, 0.0, None, None, 0.0)
