"""Progress follows the steps, never goes back, and says 100 only at the end."""

from uuid import UUID

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, update

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.batches.errors import BatchNotFound
from ai_conspects.batches.service import refresh_batch
from ai_conspects.models import (
    AudioRecording,
    BatchStatus,
    ProcessingBatch,
    RecordingStatus,
    RecordingStep,
    StepName,
    StepStatus,
)
from tests.accounts.devices import Device, register
from tests.batches.submits import batch, recording

URL = "/v1/batches/b/status"


@pytest.fixture
def device(client: TestClient) -> Device:
    registered = register(client)
    document = batch(recording(1, duration=60), recording(2, duration=60), batch_id="b")
    assert client.post("/v1/batches/submit", json=document, headers=registered.headers).status_code == 200
    return registered


def set_step(parts: Parts, recording_id: str, name: StepName, status: StepStatus, progress: float = 0) -> BatchStatus:
    """What a worker does to a step, and then to its batch."""
    with parts.database.transaction(as_system="a test") as session:
        row = session.scalars(select(AudioRecording).where(AudioRecording.client_id == recording_id)).one()
        has_failed = status == StepStatus.FAILED
        session.execute(
            update(RecordingStep)
            .where(RecordingStep.recording_id == row.id, RecordingStep.name == name)
            .values(
                status=status,
                progress=1 if status == StepStatus.DONE else progress,
                error_code="no_speech" if has_failed else None,
                error_message="There is no speech." if has_failed else None,
            )
        )
        return refresh_batch(session, row.batch_id)


def finish(parts: Parts, recording_id: str) -> BatchStatus:
    for name in StepName:
        status = set_step(parts, recording_id, name, StepStatus.DONE)
    return status


def test_an_accepted_batch_waits_at_nothing(client: TestClient, device: Device) -> None:
    answer = client.get(URL, headers=device.headers).json()
    assert list(answer) == [
        "batch_id", "status", "progress", "recordings_processed", "total_recordings", "created_at", "updated_at",
        "recordings",
    ]  # fmt: skip
    assert (answer["batch_id"], answer["status"]) == ("b", "accepted")
    assert answer["progress"] == {
        "current_step": "pending", "completed_steps": [], "progress_percentage": 0, "estimated_remaining": 2,
    }  # fmt: skip
    assert (answer["recordings_processed"], answer["total_recordings"]) == (0, 2)
    assert answer["created_at"].endswith("Z")
    assert answer["recordings"][0] == {
        "id": "recording-uuid-1", "filename": "recording_1.m4a", "status": "pending", "step": "audio_upload",
        "progress": 0, "error": None,
    }  # fmt: skip


def test_progress_moves_within_a_step_and_never_goes_back(client: TestClient, device: Device, parts: Parts) -> None:
    set_step(parts, "recording-uuid-1", StepName.AUDIO_UPLOAD, StepStatus.DONE)
    seen = []
    for share in (0.0, 0.25, 0.5, 0.9, 0.3):
        set_step(parts, "recording-uuid-1", StepName.TRANSCRIPTION, StepStatus.RUNNING, share)
        answer = client.get(URL, headers=device.headers).json()
        seen.append(answer["progress"]["progress_percentage"])
    assert seen == sorted(seen)
    assert len(set(seen)) == 4
    assert answer["status"] == "processing"
    assert answer["progress"]["current_step"] == "audio_upload"  # of the other recording
    assert answer["recordings"][0]["step"] == "transcription"


def test_what_a_client_was_told_stands_when_a_worker_starts_again(
    client: TestClient, device: Device, parts: Parts
) -> None:
    with parts.database.transaction(as_system="a test") as session:
        one = select(AudioRecording.id).where(AudioRecording.client_id == "recording-uuid-1").scalar_subquery()
        session.execute(update(RecordingStep).where(RecordingStep.recording_id == one).values(progress=0.8))
    told = client.get(URL, headers=device.headers).json()
    with parts.database.transaction(as_system="a test") as session:
        session.execute(update(RecordingStep).values(progress=0))
    again = client.get(URL, headers=device.headers).json()
    assert again["progress"]["progress_percentage"] == told["progress"]["progress_percentage"] == 40
    assert again["updated_at"] == told["updated_at"]


def test_a_batch_is_completed_when_every_recording_is(client: TestClient, device: Device, parts: Parts) -> None:
    assert finish(parts, "recording-uuid-1") == BatchStatus.PROCESSING
    half = client.get(URL, headers=device.headers).json()
    assert (half["recordings_processed"], half["progress"]["progress_percentage"]) == (1, 50)
    assert finish(parts, "recording-uuid-2") == BatchStatus.COMPLETED
    whole = client.get(URL, headers=device.headers).json()
    assert whole["progress"] == {
        "current_step": "relationship_mapping",
        "completed_steps": list(StepName),
        "progress_percentage": 100,
        "estimated_remaining": 0,
    }
    assert [each["status"] for each in whole["recordings"]] == ["completed", "completed"]
    with parts.database.transaction(as_system="a test") as session:
        row = session.scalars(select(ProcessingBatch)).one()
        processed = session.scalar(select(func.count()).where(AudioRecording.is_processed))
    assert row.finished_at is not None
    assert row.error_message is None
    assert processed == 2


def test_a_failed_recording_shows_its_error_and_the_other_goes_on(
    client: TestClient, device: Device, parts: Parts
) -> None:
    assert set_step(parts, "recording-uuid-2", StepName.TRANSCRIPTION, StepStatus.FAILED) == BatchStatus.PROCESSING
    assert finish(parts, "recording-uuid-1") == BatchStatus.PARTIAL
    answer = client.get(URL, headers=device.headers).json()
    assert (answer["status"], answer["progress"]["progress_percentage"]) == ("partial", 100)
    assert answer["recordings_processed"] == 1
    assert answer["recordings"][1]["status"] == "failed"
    assert answer["recordings"][1]["step"] == "transcription"
    assert answer["recordings"][1]["error"] == {"code": "no_speech", "message": "There is no speech."}
    with parts.database.transaction(as_system="a test") as session:
        row = session.scalars(select(AudioRecording).where(AudioRecording.client_id == "recording-uuid-2")).one()
        assert (row.status, row.error_code) == (RecordingStatus.FAILED, "no_speech")
        message = session.scalar(select(ProcessingBatch.error_message))
    assert message == "1 of 2 recordings failed; recording-uuid-2: There is no speech."


def test_a_batch_of_which_nothing_succeeded_has_failed(device: Device, parts: Parts) -> None:
    set_step(parts, "recording-uuid-1", StepName.AUDIO_UPLOAD, StepStatus.FAILED)
    assert set_step(parts, "recording-uuid-2", StepName.AUDIO_UPLOAD, StepStatus.FAILED) == BatchStatus.FAILED


def test_anothers_batch_is_the_same_404_as_none(client: TestClient, device: Device) -> None:
    other = register(client, "device-2")
    theirs, none = (client.get(f"/v1/batches/{name}/status", headers=other.headers) for name in ("b", "c"))
    assert (theirs.status_code, theirs.json()["code"]) == (404, "batch_not_found")
    assert theirs.json() | {"request_id": ""} == none.json() | {"request_id": ""}


def test_the_estimate_learns_from_what_was_finished(client: TestClient, device: Device, parts: Parts) -> None:
    finish(parts, "recording-uuid-1")
    finish(parts, "recording-uuid-2")
    with parts.database.transaction(as_system="a test") as session:  # 120 s of audio took 1,200 s of work
        session.execute(update(RecordingStep).values(work_s=100))
    document = batch(recording(3, duration=600), batch_id="c")
    answer = client.post("/v1/batches/submit", json=document, headers=device.headers).json()
    assert answer["estimated_time"] == 100


def test_refreshing_an_unknown_batch_is_an_error(parts: Parts) -> None:
    with pytest.raises(BatchNotFound), parts.database.transaction(as_system="a test") as session:
        refresh_batch(session, UUID(int=0))
