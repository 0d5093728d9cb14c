"""A transcript from elsewhere becomes a recording without audio, and notes by the same way."""

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select

from ai_conspects.core.jobs import Job
from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.models import (
    AudioRecording,
    Citation,
    NoteChunk,
    ProcessingBatch,
    RecordingStep,
    StepName,
    StepStatus,
    Transcript,
)
from tests.accounts.devices import Device, register
from tests.bench import Bench
from tests.scripted import LECTURE

URL = "/v1/recordings/import"
SRT = "\n".join(
    f"{at + 1}\n00:00:{at * 2:02},000 --> 00:00:{at * 2 + 2:02},000\n{text}\n" for at, text in enumerate(LECTURE)
)


@pytest.fixture
def me(client: TestClient) -> Device:
    return register(client)


def send(client: TestClient, me: Device, **fields: Any) -> Any:
    body = {"id": "lecture-1", "filename": "Лекция.srt", "created_at": "2025-09-18T14:30:00Z", "content": SRT}
    return client.post(URL, json=body | fields, headers=me.headers)


def results(client: TestClient, me: Device, batch_id: str = "lecture-1") -> Any:
    return client.get(f"/v1/batches/{batch_id}/results", headers=me.headers).json()


def rows(bench: Bench) -> dict[str, int]:
    with bench.database.transaction(as_system="a test") as session:
        return {
            table.__tablename__: session.scalar(select(func.count()).select_from(table)) or 0
            for table in (ProcessingBatch, AudioRecording, RecordingStep, Transcript)
        }


def test_subtitles_become_notes_and_nothing_is_heard(
    client: TestClient, bench: Bench, me: Device, rung: list[Job]
) -> None:
    answer = send(client, me)
    assert answer.status_code == 201, answer.text
    assert answer.headers["Location"] == "/v1/recordings/lecture-1"
    made = answer.json()
    assert (made["id"], made["batch_id"], made["filename"]) == ("lecture-1", "lecture-1", "Лекция.srt")
    assert (made["has_audio"], made["duration"], made["format"], made["language"]) == (False, 10.0, "srt", "ru")
    assert (made["status"], made["step"]) == ("processing", "content_analysis")
    assert made["engines"] == {"audio_upload": "import:srt", "transcription": "import:srt"}
    assert made["created_at"].startswith("2025-09-18T14:30:00")
    assert [job.queue for job in rung] == ["llm"]

    bench.run_all()
    assert bench.speech.since_s == []
    found = results(client, me)
    (note,) = found["notes"]
    assert found["status"] == "completed"
    assert note["source_recording_id"] == "lecture-1"
    assert all(0 <= one["start"] < one["end"] <= 10 for one in note["citations"])
    transcript = client.get("/v1/recordings/lecture-1/transcript", headers=me.headers).json()
    assert [one["text"] for one in transcript["segments"]] == list(LECTURE)
    assert (transcript["engine"], transcript["is_complete"], transcript["confidence"]) == ("import:srt", True, None)
    none = client.get("/v1/recordings/lecture-1/audio", headers=me.headers)
    assert (none.status_code, none.json()["code"]) == (404, "audio_not_found")


def test_a_text_without_times_has_citations_without_times(client: TestClient, bench: Bench, me: Device) -> None:
    made = send(client, me, content="\n\n".join(LECTURE)).json()
    assert (made["format"], made["duration"]) == ("txt", 0.0)
    assert made["notices"] == ["Imported as a text without times, so its citations have none."]
    bench.run_all()
    found = results(client, me)
    (note,) = found["notes"]
    assert found["status"] == "completed"
    assert note["citations"]
    assert {(one["start"], one["end"]) for one in note["citations"]} == {(None, None)}
    assert note["metadata"]["coverage"] is None
    with bench.database.transaction(as_system="a test") as session:
        assert set(session.scalars(select(Citation.start_s))) == {None}
        assert set(session.scalars(select(NoteChunk.start_s))) == {None}
    asked = client.post("/v1/chat/query", json={"message": "Чем лечат переобучение?"}, headers=me.headers)
    assert asked.json()["response"]["citations"][0]["start"] is None
    subtitles = client.get("/v1/recordings/lecture-1/transcript.srt", headers=me.headers)
    assert (subtitles.status_code, subtitles.json()["code"]) == (409, "transcript_without_times")
    text = client.get("/v1/recordings/lecture-1/transcript.txt", headers=me.headers)
    assert text.text == "\n\n".join(LECTURE) + "\n"
    segment = client.get("/v1/recordings/lecture-1/transcript?since=5", headers=me.headers).json()["segments"][0]
    for wanted, code in (({"start": 1}, 422), ({"text": "Иначе сказано."}, 200)):
        body = {"segments": [{"id": segment["id"], **wanted}]}
        assert client.patch("/v1/recordings/lecture-1/transcript", json=body, headers=me.headers).status_code == code


def test_whispers_json_keeps_its_words_doubts_and_confidence(client: TestClient, bench: Bench, me: Device) -> None:
    segments = [
        {
            "start": at * 2, "end": at * 2 + 2, "text": text, "avg_logprob": -0.2,
            "no_speech_prob": 0.9 if at == 4 else 0,
            "words": [
                {"word": word, "start": at * 2 + n / 10, "end": at * 2 + n / 10 + 0.1}
                for n, word in enumerate(text.split())
            ],
        }
        for at, text in enumerate(LECTURE)
    ]  # fmt: skip
    send(client, me, content=json.dumps({"segments": segments, "language": "ru"}))
    bench.run_all()
    transcript = client.get("/v1/recordings/lecture-1/transcript", headers=me.headers).json()
    assert transcript["confidence"] == 0.655  # of five segments of exp(-0.2), one is doubted
    assert transcript["segments"][4]["flags"] == ["no_speech"]
    assert transcript["segments"][1]["words"][1]["start"] == 2.1
    (note,) = results(client, me)["notes"]
    assert note["metadata"]["confidence"] == pytest.approx(0.819, abs=0.01)
    with bench.database.transaction(as_system="a test") as session:
        assert all("Переобучение" not in text for text in session.scalars(select(NoteChunk.text)))


def test_invented_words_of_another_engine_are_doubted_here_too(client: TestClient, bench: Bench, me: Device) -> None:
    told = [{"start": 0, "end": 2, "text": LECTURE[0]}, {"start": 2, "end": 4, "text": "Спасибо за просмотр!"}]
    document = {"segments": [{**one, "confidence": 0.8} for one in told], "language": "ru"}
    send(client, me, content=json.dumps(document))
    transcript = client.get("/v1/recordings/lecture-1/transcript", headers=me.headers).json()
    assert [one["flags"] for one in transcript["segments"]] == [[], ["hallucination"]]
    assert transcript["confidence"] == 0.4


def test_the_same_again_changes_nothing(client: TestClient, bench: Bench, me: Device, rung: list[Job]) -> None:
    first = send(client, me)
    bench.run_all()
    before, rings = rows(bench), len(rung)
    again = send(client, me)
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["status"] == "completed"
    assert (rows(bench), len(rung)) == (before, rings)


@pytest.mark.parametrize(
    "other", [{"content": SRT + "\n"}, {"filename": "b.srt"}, {"language": "en"}, {"batch_id": "b"}, {"format": "srt"}]
)
def test_something_else_under_the_same_id_is_a_conflict(
    client: TestClient, bench: Bench, me: Device, other: dict[str, str]
) -> None:
    send(client, me)
    before = rows(bench)
    answer = send(client, me, **other)
    assert (answer.status_code, answer.json()["code"]) == (409, "recording_exists")
    assert rows(bench) == before


def test_ids_are_taken_by_recordings_and_batches_alike(client: TestClient, bench: Bench, me: Device) -> None:
    (recording_id,) = bench.submit(me.user_id)
    taken = send(client, me, id=str(recording_id))
    assert (taken.status_code, taken.json()["code"]) == (409, "recording_exists")
    batch = send(client, me, batch_id=bench.batch_id(recording_id))
    assert (batch.status_code, batch.json()["code"]) == (409, "batch_exists")
    assert send(client, me, batch_id="a-batch-of-its-own").json()["batch_id"] == "a-batch-of-its-own"
    assert send(client, register(client, "other")).status_code == 201


def test_of_many_at_once_one_is_made(client: TestClient, bench: Bench, me: Device) -> None:
    with ThreadPoolExecutor(6) as pool:
        codes = sorted(answer.status_code for answer in pool.map(lambda _: send(client, me), range(6)))
    assert codes == [200] * 5 + [201]
    assert rows(bench) == {"processing_batches": 1, "audio_recordings": 1, "recording_steps": 6, "transcripts": 1}


def test_a_form_with_a_file(client: TestClient, bench: Bench, me: Device) -> None:
    fields = {"id": "f", "settings": json.dumps({"max_notes_per_recording": 1, "generate_tags": False})}
    files = {"file": ("Лекция 1.srt", SRT.replace("\n", "\r\n").encode("utf-8-sig"), "application/x-subrip")}
    answer = client.post(URL, data=fields, files=files, headers=me.headers)
    assert answer.status_code == 201, answer.text
    assert (answer.json()["filename"], answer.json()["format"]) == ("Лекция 1.srt", "srt")
    bench.run_all()
    assert results(client, me, "f")["notes"][0]["tags"] == []


def test_a_file_in_utf_16_is_read_and_one_in_no_unicode_is_refused_with_its_line(
    client: TestClient, me: Device
) -> None:
    wide = client.post(URL, data={"id": "w"}, files={"file": ("a.srt", SRT.encode("utf-16"))}, headers=me.headers)
    assert wide.status_code == 201
    old = client.post(URL, data={"id": "o"}, files={"file": ("a.srt", SRT.encode("cp1251"))}, headers=me.headers)
    assert (old.status_code, old.json()["code"]) == (422, "invalid_transcript")
    assert old.json()["errors"] == [
        {"loc": ["content", 3], "msg": "it is not UTF-8; save it as UTF-8 and send it again"}
    ]


def test_what_is_broken_is_named_and_leaves_nothing(client: TestClient, bench: Bench, me: Device) -> None:
    answer = send(client, me, content=SRT.replace("00:00:04,000 -->", "00:00:99,000 -->"))
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid_transcript")
    assert answer.json()["errors"] == [{"loc": ["content", 10], "msg": "minutes and seconds go up to 59"}]
    assert set(rows(bench).values()) == {0}


@pytest.mark.parametrize(
    "fields",
    [
        {"id": ""}, {"id": "a b"}, {"id": "../x"}, {"id": "x" * 129}, {"id": None}, {"id": 5}, {"content": ""},
        {"content": None}, {"content": "a\x00b"}, {"content": {"segments": []}}, {"format": "doc"},
        {"language": "русский"}, {"created_at": "yesterday"}, {"created_at": "9999-12-31T23:59:59-23:59"},
        {"filename": "a\nb"}, {"filename": "x" * 256}, {"filename": ""}, {"batch_id": "a/b"},
        {"settings": {"max_notes_per_recording": 10**30}}, {"settings": []}, {"format": "json", "content": "[[[["},
        {"format": "json", "content": '{"segments": [{"start": 0, "end": 1, "text": "\\ud800"}], "language": 5}x'},
    ],
)  # fmt: skip
def test_no_bad_field_breaks_the_server(client: TestClient, bench: Bench, me: Device, fields: dict[str, Any]) -> None:
    answer = send(client, me, **fields)
    assert answer.status_code == 422, answer.text
    assert set(rows(bench).values()) == {0}


@pytest.mark.parametrize(
    "content",
    [
        '{"segments": [{"start": 0, "end": 1, "text": "a\\u0000b \\ud800"}], "language": "\\ud800"}',
        "1\n00:00:01,000 --> 00:00:02,000\n&#0; &#xD800; &#1114112; a\n",
        "\u2028\u2029\x85\x0b a",
        "٠٠:٠٠:٠١ a",
    ],
)
def test_strange_characters_in_it_do_no_harm(client: TestClient, bench: Bench, me: Device, content: str) -> None:
    assert send(client, me, content=content).status_code == 201
    bench.run_all()
    assert results(client, me)["status"] in {"completed", "failed"}
    for kind in ("", ".txt", ".md"):
        assert client.get(f"/v1/recordings/lecture-1/transcript{kind}", headers=me.headers).status_code == 200


@pytest.mark.parametrize(
    ("body", "media_type"),
    [
        (b"", "application/json"),
        (b"[]", "application/json"),
        (b"\xff\xfe", "application/json"),
        (b'{"id": "\\ud800"}', "application/json"),
        (b'{"id":' * 100_000, "application/json"),
        (b"x" * 1000, "text/plain"),
        (b"", "multipart/form-data; boundary=x"),
        (b"--x\r\n\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: form-data; name=\"id\"\r\n\r\na\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x\r\n" * 10_000, "multipart/form-data; boundary=x"),
        (b"--x\r\nContent-Disposition: f; name=\"settings\"\r\n\r\n{\xff\r\n--x--", "multipart/form-data; boundary=x"),
        (b"--x--", "multipart/form-data"),
    ],
)  # fmt: skip
def test_no_bad_body_breaks_the_server(client: TestClient, me: Device, body: bytes, media_type: str) -> None:
    answer = client.post(URL, content=body, headers=me.headers | {"Content-Type": media_type})
    assert (answer.status_code, answer.headers["Content-Type"]) == (422, "application/problem+json")


def test_what_is_too_large_is_told_so(client: TestClient, me: Device) -> None:
    content = send(client, me, content="a" * (16 * 2**20 + 1))
    body = client.post(URL, content=iter([b"x" * 2**20] * 49), headers=me.headers)
    assert {(one.status_code, one.json()["code"]) for one in (content, body)} == {(413, "transcript_too_large")}
    long = send(client, me, content="Слово за слово. " * 200_000)
    assert (long.status_code, long.json()["code"]) == (422, "invalid_transcript")


def test_a_transcript_from_elsewhere_takes_the_place_of_ones_own(client: TestClient, bench: Bench, me: Device) -> None:
    def refuse(_: Segment) -> None:
        raise EngineRejected("scripted", "Russian is beyond me.", code="language_unsupported")

    bench.speech.before = refuse
    (recording_id,) = bench.submit(me.user_id)
    url = f"/v1/recordings/{recording_id}/transcript"
    assert client.put(url, json={"content": SRT}, headers=me.headers).json()["code"] == "recording_busy"
    bench.run_all()
    assert bench.recording(recording_id).error_code == "language_unsupported"

    late = client.put(url, json={"content": SRT.replace("00:00:10,000", "00:01:00,000")}, headers=me.headers)
    assert (late.status_code, late.json()["code"]) == (422, "invalid_transcript")
    answer = client.put(url, json={"content": SRT}, headers=me.headers)
    assert answer.status_code == 200, answer.text
    assert (answer.json()["status"], answer.json()["step"], answer.json()["error"]) == (
        "processing", "content_analysis", None,
    )  # fmt: skip
    assert answer.json()["has_audio"] is True
    bench.run_all()
    assert bench.step(recording_id, StepName.TRANSCRIPTION).engine == "import:srt"
    assert results(client, me, bench.batch_id(recording_id))["status"] == "completed"

    etag = client.get(url, headers=me.headers).headers["ETag"]
    for match, code in (('"older"', 412), (etag, 200), (etag, 409)):
        again = client.put(url, json={"content": SRT}, headers=me.headers | {"If-Match": match})
        assert again.status_code == code
    other = register(client, "other")
    assert client.put(url, json={"content": SRT}, headers=other.headers).json()["code"] == "recording_not_found"
    assert bench.step(recording_id, StepName.AUDIO_UPLOAD).status == StepStatus.DONE


def test_imports_do_not_change_what_the_server_knows_of_its_pace(client: TestClient, bench: Bench, me: Device) -> None:
    from ai_conspects.batches.estimate import measure_pace

    bench.submit(me.user_id)
    bench.run_all()
    with bench.database.transaction(as_system="a test") as session:
        before = measure_pace(session)
    send(client, me)
    bench.run_all()
    with bench.database.transaction(as_system="a test") as session:
        assert measure_pace(session) == before


def test_the_api_describes_all_of_it(client: TestClient) -> None:
    described = client.get("/openapi.json").json()["paths"]
    assert set(described["/v1/recordings/import"]["post"]["requestBody"]["content"]) == {
        "application/json", "multipart/form-data",
    }  # fmt: skip
    assert {"200", "201", "401", "409", "413", "422", "503"} <= set(described[URL]["post"]["responses"])
    transcript = described["/v1/recordings/{recording_id}/transcript"]
    assert {"get", "patch", "put"} <= set(transcript)
    assert {"401", "404", "409", "412", "422"} <= set(transcript["patch"]["responses"])
    assert {"206", "304", "416"} <= set(described["/v1/recordings/{recording_id}/audio"]["get"]["responses"])
