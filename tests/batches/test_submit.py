"""A good submit is durable and queued when it is answered."""

import hashlib
import io
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.clock import rfc3339
from ai_conspects.core.jobs import Job
from ai_conspects.models import AudioRecording, RecordingStep, StepName, StepStatus
from ai_conspects.recordings.repository import audio_key
from tests.accounts.devices import Device, register
from tests.batches.submits import as_json, audio, batch, left_behind, recording

STEPS = [
    "audio_upload",
    "transcription",
    "content_analysis",
    "research_augmentation",
    "note_generation",
    "relationship_mapping",
]


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def submit(client: TestClient, device: Device, document: dict[str, Any]) -> Any:
    return client.post("/v1/batches/submit", content=as_json(document), headers=device.headers)


def test_the_answer_has_exactly_the_protocols_fields(client: TestClient, device: Device) -> None:
    answer = submit(client, device, batch(recording()))
    assert answer.status_code == 200
    assert answer.json() == {
        "batch_id": "123e4567-e89b-12d3-a456-426614174000",
        "status": "accepted",
        "estimated_time": 3,  # 125.5 s at the first guess of one second a second
        "queue_position": 1,
        "processing_steps": STEPS,
        "message": "Batch accepted for processing",
    }
    assert answer.headers["location"] == "/v1/batches/123e4567-e89b-12d3-a456-426614174000/status"


def test_audio_is_stored_as_it_was_and_every_first_step_rung(
    client: TestClient, device: Device, parts: Parts, rung: list[Job]
) -> None:
    submit(client, device, batch(recording(1), recording(2, metadata={"place": "дача"})))
    with parts.database.transaction(as_system="a test") as session:
        rows = session.scalars(select(AudioRecording).order_by(AudioRecording.position)).all()
        steps = session.scalars(select(RecordingStep)).all()
    for number, row in enumerate(rows, 1):
        file = io.BytesIO()
        parts.store.fetch(audio_key(row), file)
        assert file.getvalue() == audio(number)
        assert row.sha256 == hashlib.sha256(audio(number)).digest()
        assert row.s3_key == f"audio/{device.user_id}/{row.id}"
        assert rfc3339(row.created_at) == "2025-09-18T14:30:00Z"
    assert rows[1].client_metadata == {"place": "дача"}
    assert Counter(step.status for step in steps) == {StepStatus.DUE: 2, StepStatus.WAITING: 10}
    due = {step.id for step in steps if step.status == StepStatus.DUE}
    assert {step.name for step in steps if step.id in due} == {StepName.AUDIO_UPLOAD}
    assert {(job.name, job.queue) for job in rung} == {("pipeline.run_step", "audio")}
    assert {job.id for job in rung} == due


@pytest.mark.parametrize(
    "chosen",
    [None, {}, {"language": "auto"}, {"language": "zh-hant-tw"}, {"analysis_depth": "deep"}, {"unknown": 1}],
)
def test_settings_may_be_left_out_in_part(client: TestClient, device: Device, chosen: Any) -> None:
    assert submit(client, device, batch(recording(), settings=chosen)).status_code == 200


def test_settings_may_be_left_out_and_unknown_fields_are_ignored(client: TestClient, device: Device) -> None:
    document = batch(recording(extra=[1]), extra={"a": 1})
    del document["settings"]
    assert submit(client, device, document).status_code == 200


@pytest.mark.parametrize(
    "moment",
    ["2025-09-18T14:30:00.123456789+03:00", "2025-09-18 14:30:00", "2025-09-18T14:30Z", "2025-09-18t14:30:00z"],
)
def test_dates_as_clients_write_them_are_understood(client: TestClient, device: Device, moment: str) -> None:
    assert submit(client, device, batch(recording(created_at=moment))).status_code == 200


def test_the_same_batch_again_is_the_same_batch(client: TestClient, device: Device, parts: Parts) -> None:
    first = submit(client, device, batch(recording(1), recording(2)))
    there = left_behind(parts)
    again = submit(client, device, batch(recording(1), recording(2)))
    assert (again.status_code, again.json()) == (200, first.json())
    assert left_behind(parts) == there


@pytest.mark.parametrize(
    "other",
    [
        batch(recording(1, audio_data="QUJD")),
        batch(recording(1, duration=1)),
        batch(recording(1), settings={"language": "en"}),
        batch(recording(1), recording(2)),
    ],
)
def test_another_batch_under_the_same_id_is_a_conflict(
    client: TestClient, device: Device, parts: Parts, other: dict[str, Any]
) -> None:
    submit(client, device, batch(recording(1)))
    there = left_behind(parts)
    answer = submit(client, device, other)
    assert (answer.status_code, answer.json()["code"]) == (409, "batch_exists")
    assert left_behind(parts) == there


def test_a_recording_of_another_batch_is_a_conflict_that_names_it(
    client: TestClient, device: Device, parts: Parts
) -> None:
    submit(client, device, batch(recording(1)))
    there = left_behind(parts)
    answer = submit(client, device, batch(recording(2), recording(1), batch_id="other"))
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_exists")
    assert "recording-uuid-1" in answer.json()["detail"]
    assert left_behind(parts) == there


def test_two_users_may_use_the_same_ids(client: TestClient, device: Device, parts: Parts) -> None:
    other = register(client, "device-2")
    assert submit(client, device, batch(recording(1))).status_code == 200
    assert submit(client, other, batch(recording(1), device_id="device-2")).status_code == 200
    assert left_behind(parts)["batches"] == 2


def test_fifty_of_the_same_at_once_are_one_batch(client: TestClient, device: Device, parts: Parts) -> None:
    document = batch(recording(1), recording(2))
    with ThreadPoolExecutor(50) as threads:
        answers = list(threads.map(lambda _: submit(client, device, document), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert left_behind(parts) == {"batches": 1, "recordings": 2, "steps": 12, "objects": 2}


def test_the_told_place_counts_what_is_served_before(client: TestClient, device: Device) -> None:
    other = register(client, "device-2")
    ten = [recording(number) for number in range(10)]
    assert submit(client, device, batch(*ten, batch_id="a")).json()["queue_position"] == 1
    theirs = submit(client, other, batch(recording(1), batch_id="b", device_id="device-2")).json()
    assert theirs["queue_position"] == 2
    assert theirs["estimated_time"] == 5  # one recording of another user is served before, of 125.5 s each
