"""A recording whose language was named wrongly is heard again: another transcript, and the same notes made of it."""

from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.models import StepName, StepStatus
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.scripted import LECTURE, spoken

ENGLISH = ("A neural network learns from examples.", "Gradient descent changes its weights.")


@pytest.fixture
def me(client: TestClient) -> Device:
    return register(client)


@pytest.fixture
def recording(bench: Bench, me: Device) -> UUID:
    (made,) = bench.submit(me.user_id)
    bench.run_all()
    return made


def again(client: TestClient, me: Device, recording: UUID, **wanted: Any) -> Any:
    return client.post(f"/v1/recordings/{recording}/regenerate", json=wanted, headers=me.headers)


def details(client: TestClient, me: Device, recording: UUID) -> Any:
    return client.get(f"/v1/recordings/{recording}", headers=me.headers).json()


def transcript(client: TestClient, me: Device, recording: UUID) -> Any:
    return client.get(f"/v1/recordings/{recording}/transcript", headers=me.headers).json()


def notes(client: TestClient, me: Device) -> list[Any]:
    found: list[Any] = client.get("/v1/notes", headers=me.headers).json()["items"]
    return found


def test_it_is_transcribed_in_the_language_and_the_note_stays_the_same_one(
    client: TestClient, bench: Bench, me: Device, recording: UUID
) -> None:
    (old,) = notes(client, me)
    bench.speech.segments, bench.speech.language = spoken(*ENGLISH), "en"
    answer = again(client, me, recording, language="en-gb")
    assert (answer.status_code, answer.json()["status"]) == (202, "processing")
    assert notes(client, me) == [old]  # until there is another
    bench.run_all()
    assert bench.speech.languages == ["ru", "en-GB"]
    assert [one["text"] for one in transcript(client, me, recording)["segments"]] == list(ENGLISH)
    (note,) = notes(client, me)
    assert note["id"] == old["id"]
    assert {one["quote"] for one in note["citations"]} <= set(ENGLISH)
    assert details(client, me, recording)["status"] == "completed"


def test_notes_alone_are_made_again_where_no_language_is_named(
    client: TestClient, bench: Bench, me: Device, recording: UUID
) -> None:
    again(client, me, recording, language="auto")
    bench.run_all()
    again(client, me, recording, analysis_depth="brief")
    bench.run_all()
    assert bench.speech.languages == ["ru", None]


def test_an_old_transcript_is_no_longer_what_its_etag_says(client: TestClient, me: Device, recording: UUID) -> None:
    url = f"/v1/recordings/{recording}/transcript"
    etag = client.get(url, headers=me.headers).headers["ETag"]
    again(client, me, recording, language="en")
    answer = client.get(url, headers={**me.headers, "If-None-Match": etag})
    assert (answer.status_code, answer.json()["code"]) == (404, "transcript_not_ready")


def test_a_language_that_the_engine_did_not_know_is_no_dead_end(client: TestClient, bench: Bench, me: Device) -> None:
    def refuse(_: Segment) -> None:
        raise EngineRejected("scripted", "It knows only English.", code="language_unsupported")

    bench.speech.before = refuse
    (failed,) = bench.submit(me.user_id)
    bench.run_all()
    assert details(client, me, failed)["status"] == "failed"
    bench.speech.before = lambda _: None
    assert again(client, me, failed, language="en").status_code == 202
    bench.run_all()
    assert details(client, me, failed)["status"] == "completed"
    assert bench.speech.languages == ["ru", "en"]


def test_what_could_not_be_read_is_taken_in_first(client: TestClient, bench: Bench, me: Device) -> None:
    (broken,) = bench.submit(me.user_id, audio=b"no audio at all")
    bench.run_all()
    assert again(client, me, broken, language="en").status_code == 202
    bench.run_all()
    assert bench.step(broken, StepName.AUDIO_UPLOAD).status == StepStatus.FAILED
    assert details(client, me, broken)["status"] == "failed"
    assert bench.speech.languages == []


def test_a_retry_after_a_failure_keeps_to_the_language(
    client: TestClient, bench: Bench, me: Device, recording: UUID
) -> None:
    def fail(_: Segment) -> None:
        raise EngineRejected("scripted", "No.", code="engine_rejected")

    bench.speech.before = fail
    again(client, me, recording, language="de")
    bench.run_all()
    bench.speech.before = lambda _: None
    client.post(f"/v1/batches/{bench.batch_id(recording)}/retry", headers=me.headers)
    bench.run_all()
    assert bench.speech.languages == ["ru", "de", "de"]
    assert len(notes(client, me)) == 1


@pytest.mark.parametrize("correction", [{"text": "Сеть учится."}, {"deleted": True}, {"speaker": "Анна"}])
def test_what_its_owner_has_corrected_is_not_lost_unasked(
    client: TestClient, bench: Bench, me: Device, recording: UUID, correction: dict[str, Any]
) -> None:
    segment = transcript(client, me, recording)["segments"][0]
    corrections = {"segments": [{"id": segment["id"], **correction}]}
    client.patch(f"/v1/recordings/{recording}/transcript", json=corrections, headers=me.headers)
    bench.run_all()
    corrected = transcript(client, me, recording)
    refused = again(client, me, recording, language="en")
    assert (refused.status_code, refused.json()["code"]) == (409, "transcript_corrected")
    assert transcript(client, me, recording) == corrected
    assert again(client, me, recording, language="en", discard_corrections=True).status_code == 202
    bench.run_all()
    assert transcript(client, me, recording)["segments"][0]["text"] == LECTURE[0]


@pytest.mark.parametrize("label", ["S2", "SPEAKER_01", "speaker 1", "B", None])
def test_a_label_is_no_name_of_a_speaker(
    client: TestClient, bench: Bench, me: Device, recording: UUID, label: str | None
) -> None:
    segment = transcript(client, me, recording)["segments"][0]
    corrections = {"segments": [{"id": segment["id"], "speaker": label}]}
    client.patch(f"/v1/recordings/{recording}/transcript", json=corrections, headers=me.headers)
    assert again(client, me, recording, language="en").status_code == 202


def test_it_needs_audio_and_nobody_at_work(client: TestClient, bench: Bench, me: Device) -> None:
    body = {"id": "text", "content": "\n\n".join(LECTURE), "language": "ru"}
    client.post("/v1/recordings/import", json=body, headers=me.headers)
    bench.run_all()
    refused = client.post("/v1/recordings/text/regenerate", json={"language": "en"}, headers=me.headers)
    assert (refused.status_code, refused.json()["code"]) == (404, "audio_not_found")
    assert len(client.get("/v1/recordings/text/transcript", headers=me.headers).json()["segments"]) == len(LECTURE)
    (busy,) = bench.submit(me.user_id)
    assert again(client, me, busy, language="en").json()["code"] == "recording_busy"
    other = register(client, "other")
    assert again(client, other, busy, language="en").json()["code"] == "recording_not_found"


def test_a_language_that_is_none_and_one_for_a_single_note_are_refused(
    client: TestClient, bench: Bench, me: Device, recording: UUID
) -> None:
    assert again(client, me, recording, language="Klingon?").status_code == 422
    (note,) = notes(client, me)
    answer = client.post(f"/v1/notes/{note['id']}/regenerate", json={"language": "en"}, headers=me.headers)
    assert answer.status_code == 422
    assert bench.step(recording, StepName.TRANSCRIPTION).status == StepStatus.DONE
