"""A recording and its transcript over HTTP: as far as they have come, and nobody else's."""

from typing import Any
from uuid import UUID

import pytest
from fastapi.testclient import TestClient

from ai_conspects.core.engine_settings import SpeechSettings
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.base import Segment, Word
from ai_conspects.models import StepName
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.scripted import LECTURE, spoken


@pytest.fixture
def me(client: TestClient) -> Device:
    return register(client)


def get(client: TestClient, device: Device, path: str, **headers: str) -> Any:
    return client.get(f"/v1/recordings/{path}", headers=device.headers | headers)


def processed(bench: Bench, me: Device, *segments: Segment) -> UUID:
    bench.speech.segments = list(segments) or bench.speech.segments
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    return recording_id


def test_a_recording_tells_how_it_stands(client: TestClient, bench: Bench, me: Device) -> None:
    (recording_id,) = bench.submit(me.user_id)
    waiting = get(client, me, str(recording_id)).json()
    assert (waiting["status"], waiting["step"], waiting["progress"]) == ("pending", "audio_upload", 0)
    assert (waiting["format"], waiting["language"], waiting["engines"]) == (None, None, {})
    bench.run_all()
    done = get(client, me, str(recording_id)).json()
    assert (done["status"], done["step"], done["progress"], done["error"]) == ("completed", None, 100, None)
    assert (done["id"], done["batch_id"]) == (str(recording_id), bench.batch_id(recording_id))
    assert (done["format"], done["sample_rate"], done["channels"], done["duration"]) == ("wav", 16000, 1, 10.0)
    assert (done["language"], done["has_audio"]) == ("ru", True)
    assert done["engines"]["transcription"] == "scripted"
    assert list(done["engines"])[:2] == ["audio_upload", "transcription"]
    assert any("SERPAPI_KEY" in notice for notice in done["notices"])
    assert done["created_at"].endswith("Z")
    assert done["received_at"].endswith("Z")


def test_a_failed_recording_says_why(client: TestClient, bench: Bench, me: Device) -> None:
    def refuse(_: Segment) -> None:
        raise EngineRejected("scripted", "It can't be heard.", code="too_quiet")

    bench.speech.before = refuse
    recording_id = processed(bench, me)
    found = get(client, me, str(recording_id)).json()
    assert (found["status"], found["step"]) == ("failed", "transcription")
    assert found["error"] == {"code": "too_quiet", "message": "It can't be heard."}
    missing = get(client, me, f"{recording_id}/transcript")
    assert (missing.status_code, missing.json()["code"]) == (404, "transcript_not_ready")
    assert "It can't be heard." in missing.json()["detail"]


@pytest.mark.parametrize("what", ["", "/transcript", "/transcript.srt", "/audio"])
def test_someone_elses_recording_is_the_same_404_as_none(
    client: TestClient, bench: Bench, me: Device, what: str
) -> None:
    recording_id = processed(bench, me)
    other = register(client, "other")
    theirs, none = (get(client, other, f"{one}{what}") for one in (recording_id, "no-such-recording"))
    assert (theirs.status_code, theirs.json()["code"]) == (404, "recording_not_found")
    assert theirs.json() | {"request_id": ""} == none.json() | {"request_id": ""}
    assert client.get(f"/v1/recordings/{recording_id}{what}").status_code == 401


def test_a_transcript_that_is_not_there_names_the_step(client: TestClient, bench: Bench, me: Device) -> None:
    (recording_id,) = bench.submit(me.user_id)
    answer = get(client, me, f"{recording_id}/transcript")
    assert (answer.status_code, answer.json()["code"]) == (404, "transcript_not_ready")
    assert "audio_upload" in answer.json()["detail"]
    bench.run_until(recording_id, StepName.TRANSCRIPTION)
    assert "transcription" in get(client, me, f"{recording_id}/transcript.txt").json()["detail"]


def test_a_transcript_has_segments_words_and_doubts(client: TestClient, bench: Bench, me: Device) -> None:
    words = (Word("Сеть", 0.0, 0.5, 0.9), Word("учится.", 0.5, 1.0, None))
    heard = Segment(0.0, 1.0, "Сеть учится.", 0.9, words, speaker="Анна")
    doubted = Segment(2.0, 3.0, "Спасибо за просмотр!", 0.2, flags=("no_speech",))
    recording_id = processed(bench, me, heard, doubted)
    found = get(client, me, f"{recording_id}/transcript").json()
    assert found["recording_id"] == str(recording_id)
    assert (found["language"], found["engine"], found["is_complete"]) == ("ru", "scripted", True)
    assert (found["done_until_s"], found["duration"], found["confidence"]) == (10.0, 10.0, 0.45)
    first, second = found["segments"]
    assert (first["start"], first["end"], first["text"], first["speaker"]) == (0.0, 1.0, "Сеть учится.", "Анна")
    assert first["words"][1] == {"text": "учится.", "start": 0.5, "end": 1.0, "confidence": None}
    assert (first["corrected"], first["raw_text"], first["flags"]) == (False, None, [])
    assert (second["flags"], second["confidence"]) == (["hallucination", "no_speech"], 0.2)


def test_a_reader_sees_the_transcript_grow(client: TestClient, bench: Bench, me: Device) -> None:
    bench.settings = bench.settings.model_copy(update={"speech": SpeechSettings(checkpoint_s=5)})
    seen: list[Any] = []

    def look(segment: Segment) -> None:
        if segment.start_s >= 8:
            seen.append(get(client, me, f"{recording_id}/transcript"))

    bench.speech.before = look
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    (growing,) = seen
    assert growing.json()["is_complete"] is False
    assert growing.json()["done_until_s"] == 6.0
    assert [one["text"] for one in growing.json()["segments"]] == list(LECTURE[:3])
    later = get(client, me, f"{recording_id}/transcript?since=6", **{"If-None-Match": growing.headers["ETag"]})
    assert [one["text"] for one in later.json()["segments"]] == list(LECTURE[3:])
    assert later.json()["is_complete"] is True


@pytest.mark.parametrize("path", ["transcript", "transcript.txt", "transcript.vtt"])
def test_what_has_not_changed_is_not_sent_again(client: TestClient, bench: Bench, me: Device, path: str) -> None:
    recording_id = processed(bench, me)
    first = get(client, me, f"{recording_id}/{path}")
    again = get(client, me, f"{recording_id}/{path}", **{"If-None-Match": f'W/"x", {first.headers["ETag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert "no-store" not in first.headers["Cache-Control"]


def test_silence_is_a_transcript_too(client: TestClient, bench: Bench, me: Device) -> None:
    bench.speech.segments = []
    (recording_id,) = bench.submit(me.user_id)
    bench.run_all()
    found = get(client, me, f"{recording_id}/transcript").json()
    assert (found["segments"], found["is_complete"]) == ([], True)
    assert found["notice"]
    assert get(client, me, f"{recording_id}/transcript.vtt").text == "WEBVTT\n"
    assert get(client, me, f"{recording_id}/transcript.srt").text == ""


@pytest.mark.parametrize(
    ("kind", "media_type", "holds"),
    [
        ("txt", "text/plain", "Нейронная сеть учится на примерах. Каждый"),
        ("srt", "application/x-subrip", "1\n00:00:00,000 --> 00:00:02,000\nНейронная сеть учится на примерах.\n\n2\n"),
        ("vtt", "text/vtt", "WEBVTT\n\n00:00:00.000 --> 00:00:02.000\nНейронная сеть"),
        ("md", "text/markdown", "# 0\\.m4a\n\n00:10 · ru · scripted · confidence 0.80\n\n**[00:00]** Нейронная"),
    ],
)
def test_a_transcript_is_a_file_in_four_formats(
    client: TestClient, bench: Bench, me: Device, kind: str, media_type: str, holds: str
) -> None:
    recording_id = processed(bench, me, *spoken(*LECTURE))
    answer = get(client, me, f"{recording_id}/transcript.{kind}")
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == f"{media_type}; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f"attachment; filename=\"0.{kind}\"; filename*=UTF-8''0.{kind}"
    assert holds in answer.text
    assert all(said in " ".join(answer.text.split()) for said in LECTURE) or kind in {"srt", "vtt"}


@pytest.mark.parametrize("since", ["-1", "nan", "inf", "1e400", "9" * 500, "x", "%00", "1e9"])
def test_a_second_that_is_none_is_refused(client: TestClient, bench: Bench, me: Device, since: str) -> None:
    recording_id = processed(bench, me)
    assert get(client, me, f"{recording_id}/transcript?since={since}").status_code in {400, 422}


@pytest.mark.parametrize("strange", ["%00", "%ED%A0%80", "%FF", "x" * 5000, "..%2f..", "%F0%9F%8E%99", "{}"])
def test_no_strange_id_breaks_the_server(client: TestClient, me: Device, strange: str) -> None:
    for path in (strange, f"{strange}/transcript", f"{strange}/transcript.srt", f"{strange}/audio"):
        assert get(client, me, path).status_code in {400, 404, 422}
