"""tus 1.0 as its text has it: creation, head, patch, termination, checksum, expiration."""

from datetime import timedelta
from email.utils import parsedate_to_datetime

import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.batches.repository import find_batch
from ai_conspects.core.clock import now
from tests.accounts.devices import register
from tests.batches.submits import NOTHING, audio, left_behind
from tests.uploads.tus import BYTES, Tus, checksum, encoded


def test_the_server_says_what_it_can(client: TestClient) -> None:
    answer = client.options("/v1/uploads")
    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert set(answer.headers["tus-extension"].split(",")) == {
        "creation", "creation-with-upload", "termination", "checksum", "expiration",
    }  # fmt: skip
    assert answer.headers["tus-checksum-algorithm"] == "sha256,sha1"
    assert int(answer.headers["tus-max-size"]) == 1024 << 20


def test_an_upload_in_three_pieces_becomes_a_recording(tus: Tus, parts: Parts) -> None:
    whole = audio(1, 300_000)
    url = tus.created(len(whole), filename="Лекция.m4a", language="ru", recording_id="lecture-1")
    for start in range(0, len(whole), 100_000):
        answer = tus.patch(url, start, whole[start : start + 100_000])
        assert answer.status_code == 204, answer.text
        assert answer.headers["tus-resumable"] == "1.0.0"
        assert int(answer.headers["upload-offset"]) == start + 100_000 == tus.offset(url)
    recording = tus.asked("GET", "/v1/recordings/lecture-1").json()
    assert (recording["filename"], recording["status"]) == ("Лекция.m4a", "pending")
    assert tus.asked("GET", "/v1/recordings/lecture-1/audio").content == whole
    assert tus.asked("GET", "/v1/batches/lecture-1/status").json()["status"] == "accepted"
    assert left_behind(parts) == {"batches": 1, "recordings": 1, "steps": 6, "objects": 1}


def test_head_tells_what_was_announced(tus: Tus) -> None:
    url = tus.created(10, filename="a.m4a", filetype="audio/mp4")
    answer = tus.asked("HEAD", url)
    assert answer.headers["upload-length"] == "10"
    assert answer.headers["upload-metadata"] == encoded({"filename": "a.m4a", "filetype": "audio/mp4"})
    assert answer.headers["cache-control"] == "no-store"
    left = parsedate_to_datetime(answer.headers["upload-expires"]) - now()
    assert timedelta(days=6) < left < timedelta(days=8)


def test_the_first_bytes_may_come_with_the_creation(tus: Tus) -> None:
    answer = tus.asked("POST", content=b"12345", Upload_Length="10", Content_Type=BYTES)
    assert (answer.status_code, answer.headers["upload-offset"]) == (201, "5")
    assert tus.patch(answer.headers["location"], 5, b"67890").status_code == 204


def test_settings_stand_in_the_metadata(tus: Tus, parts: Parts) -> None:
    url = tus.created(
        3, language="en-gb", analysis_depth="brief", include_research="false", max_notes_per_recording="7"
    )
    assert tus.patch(url, 0, b"abc").status_code == 204
    upload_id = url.rsplit("/", 1)[1]
    with parts.database.transaction(as_system="a test") as session:
        batch = find_batch(session, tus.device.user_id, upload_id)
    assert batch is not None
    assert batch.settings["language"] == "en-GB"
    assert (batch.settings["analysis_depth"], batch.settings["include_research"]) == ("brief", False)
    assert batch.settings["max_notes_per_recording"] == 7


@pytest.mark.parametrize("algorithm", ["sha256", "sha1"])
def test_bytes_with_a_right_checksum_are_kept(tus: Tus, algorithm: str) -> None:
    url = tus.created(6)
    assert tus.patch(url, 0, b"abcdef", Upload_Checksum=checksum(b"abcdef", algorithm)).status_code == 204


def test_bytes_with_a_wrong_checksum_are_not(tus: Tus, parts: Parts) -> None:
    url = tus.created(12 * 2**20)
    spoilt = audio(1, 12 * 2**20)
    answer = tus.patch(url, 0, spoilt, Upload_Checksum=checksum(spoilt[:-1]))
    assert (answer.status_code, answer.json()["code"]) == (460, "checksum_mismatch")
    assert tus.offset(url) == 0
    assert left_behind(parts) == NOTHING
    assert tus.patch(url, 0, spoilt, Upload_Checksum=checksum(spoilt)).status_code == 204


def test_an_upload_that_is_given_up_leaves_nothing(tus: Tus, parts: Parts) -> None:
    url = tus.created(10)
    assert tus.patch(url, 0, b"abc").status_code == 204
    assert tus.asked("DELETE", url).status_code == 204
    assert tus.asked("HEAD", url).status_code == 404
    assert tus.patch(url, 3, b"def").status_code == 404
    assert left_behind(parts) == NOTHING


def test_ending_a_finished_upload_keeps_its_recording(tus: Tus) -> None:
    url = tus.created(3, recording_id="kept")
    assert tus.patch(url, 0, b"abc").status_code == 204
    assert tus.asked("DELETE", url).status_code == 204
    assert tus.asked("GET", "/v1/recordings/kept/audio").content == b"abc"


def test_the_method_may_stand_in_a_header(tus: Tus) -> None:
    url = tus.created(3)
    assert tus.asked("POST", url, X_HTTP_Method_Override="HEAD").headers["upload-offset"] == "0"
    sent = {"Upload_Offset": "0", "Content_Type": BYTES, "X_HTTP_Method_Override": "PATCH"}
    assert tus.asked("POST", url, content=b"abc", **sent).status_code == 204


def test_a_strangers_upload_is_not_there(tus: Tus, client: TestClient) -> None:
    url = tus.created(10, recording_id="mine")
    stranger = Tus(client, register(client, "device-2"))
    nothing = stranger.asked("HEAD", "/v1/uploads/01990000-0000-7000-8000-000000000000")
    for answer in (stranger.asked("HEAD", url), stranger.asked("DELETE", url), stranger.patch(url, 0, b"abc")):
        assert answer.status_code == nothing.status_code == 404
    assert tus.offset(url) == 0
    assert stranger.created(10, recording_id="mine") != url


REFUSED: dict[str, tuple[dict[str, str], int, str]] = {
    "no version": ({"Tus_Resumable": ""}, 412, "wrong_tus_version"),
    "another version": ({"Tus_Resumable": "0.2.2"}, 412, "wrong_tus_version"),
    "no length": ({}, 400, "bad_tus_header"),
    "a length that is no number": ({"Upload_Length": "-1"}, 400, "bad_tus_header"),
    "a length of too many digits": ({"Upload_Length": "9" * 30}, 400, "bad_tus_header"),
    "nothing at all": ({"Upload_Length": "0"}, 422, "validation_error"),
    "more than a recording may have": ({"Upload_Length": str((1024 << 20) + 1)}, 413, "recording_too_large"),
    "metadata that are no base64": ({"Upload_Length": "1", "Upload_Metadata": "filename !"}, 400, "bad_tus_header"),
    "a key twice": ({"Upload_Length": "1", "Upload_Metadata": "a YQ==,a YQ=="}, 400, "bad_tus_header"),
    "a bad language": ({"Upload_Length": "1", "Upload_Metadata": encoded({"language": "?"})}, 422, "validation_error"),
    "a bad id": ({"Upload_Length": "1", "Upload_Metadata": encoded({"id": "../a"})}, 422, "validation_error"),
    "a NUL": ({"Upload_Length": "1", "Upload_Metadata": encoded({"filename": "a\0"})}, 422, "validation_error"),
    "a NUL elsewhere": ({"Upload_Length": "1", "Upload_Metadata": encoded({"x": "a\0"})}, 422, "validation_error"),
    "days of audio": ({"Upload_Length": "1", "Upload_Metadata": encoded({"duration": "1e6"})}, 422, "validation_error"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_creation_that_is_wrong_is_refused(tus: Tus, name: str) -> None:
    headers, status, code = REFUSED[name]
    answer = tus.asked("POST", **headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.headers["tus-resumable"] == "1.0.0"


def test_a_patch_that_is_wrong_changes_nothing(tus: Tus) -> None:
    url = tus.created(10)
    assert tus.patch(url, 0, b"abc").status_code == 204
    wrong = [
        (tus.patch(url, 2, b"abc"), 409),
        (tus.patch(url, 4, b"abc"), 409),
        (tus.patch(url, 3, b"x" * 8), 422),
        (tus.patch(url, 3, b"abc", Content_Type="audio/mp4"), 415),
        (tus.patch(url, 3, b"abc", Upload_Offset="three"), 400),
        (tus.patch(url, 3, b"abc", Upload_Checksum="crc32 AAAA"), 400),
        (tus.patch(url, 3, b"abc", Upload_Checksum="sha256 AAAA"), 400),
        (tus.patch("/v1/uploads/none", 3, b"abc"), 404),
    ]
    assert [answer.status_code for answer, _ in wrong] == [status for _, status in wrong]
    assert tus.offset(url) == 3


def test_more_uploads_than_a_user_may_have_open_are_refused(tus: Tus, client: TestClient, parts: Parts) -> None:
    parts.settings.limits.max_open_uploads = 2
    urls = [tus.created(3) for _ in range(2)]
    assert (tus.create(3).status_code, tus.create(3).json()["code"]) == (429, "too_many_open_uploads")
    assert Tus(client, register(client, "device-2")).create(3).status_code == 201
    assert tus.patch(urls[0], 0, b"abc").status_code == 204
    assert tus.create(3).status_code == 201
