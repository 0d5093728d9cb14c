"""Every bad submit has its own clear error, and nothing of it remains."""

import base64
import json
from typing import Any

import pytest
from fastapi.testclient import TestClient

from ai_conspects.accounts.dependencies import Parts
from ai_conspects.core.settings import LimitSettings, Settings
from tests.accounts.devices import Device, register
from tests.batches.submits import NOTHING, as_json, batch, left_behind, recording


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"limits": LimitSettings(max_body_mb=4, max_recording_mb=1)})


@pytest.fixture
def device(client: TestClient) -> Device:
    return register(client)


def without(document: dict[str, Any], key: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name != key}


LARGE = base64.b64encode(bytes((1 << 20) + 1)).decode()
SECOND: list[Any] = ["recordings", 1]

REFUSED: dict[str, tuple[Any, int, str, list[Any] | None]] = {
    "no recordings": (batch(), 400, "no_recordings", None),
    "11 recordings": (batch(*map(recording, range(11))), 400, "too_many_recordings", None),
    "11 recordings that are none": (batch(recordings=[1] * 11), 400, "too_many_recordings", None),
    "recordings missing": (without(batch(), "recordings"), 422, "validation_error", ["recordings"]),
    "recordings no list": (batch(recordings={"a": 1}), 422, "validation_error", ["recordings"]),
    "no object": ([1], 422, "validation_error", []),
    "a recording that is none": (batch(recording(), "x"), 422, "validation_error", SECOND),
    "text as base64": (
        batch(recording(), recording(2, audio_data="base64-encoded-audio-content")),
        422,
        "validation_error",
        [*SECOND, "audio_data"],
    ),
    "empty audio": (batch(recording(), recording(2, audio_data="")), 422, "validation_error", [*SECOND, "audio_data"]),
    "no audio": (
        batch(recording(), without(recording(2), "audio_data")),
        422,
        "validation_error",
        [*SECOND, "audio_data"],
    ),
    "audio null": (batch(recording(), recording(2, audio_data=None)), 422, "validation_error", [*SECOND, "audio_data"]),
    "audio a list": (
        batch(recording(), recording(2, audio_data=["QQ=="])),
        422,
        "validation_error",
        [*SECOND, "audio_data"],
    ),
    "doubled ids": (batch(recording(), recording(1, filename="b")), 422, "validation_error", [*SECOND, "id"]),
    "a device of another": (batch(recording(), device_id="device-2"), 422, "validation_error", ["device_id"]),
    "a language that is none": (
        batch(recording(), settings={"language": "ru_RU"}),
        422,
        "validation_error",
        ["settings", "language"],
    ),
    "an unknown depth": (
        batch(recording(), settings={"analysis_depth": "endless"}),
        422,
        "validation_error",
        ["settings", "analysis_depth"],
    ),
    "a NUL in metadata": (
        batch(recording(), recording(2, metadata={"a": ["\x00"]})),
        422,
        "validation_error",
        [*SECOND, "metadata", "a", 0],
    ),
    "a recording over the limit": (
        batch(recording(), recording(2, audio_data=LARGE)),
        413,
        "recording_too_large",
        None,
    ),
    "much beside the audio": (batch(recording(), note="a" * (1 << 20)), 413, "document_too_large", None),
}
BAD_FIELDS: dict[str, list[Any]] = {
    "id": ["", "a" * 129, "a/b", "../../etc", "%2f", "a b", "я", "a\r\nb", 5, None],
    "filename": ["", "a" * 256, "a\nb", None],
    "duration": [-1, 12 * 3600 + 1, "long", None, [1]],
    "created_at": ["yesterday", "2025-13-01T00:00:00Z", "2025-09-18", "0001-01-01T00:00:00+14:00", 1758205800, None],
    "metadata": ["text", [1]],
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_bad_submit_is_refused_with_its_place_and_leaves_nothing(
    client: TestClient, device: Device, parts: Parts, name: str
) -> None:
    document, status, code, loc = REFUSED[name]
    answer = client.post("/v1/batches/submit", content=as_json(document), headers=device.headers)
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.text
    if loc is not None:
        assert loc in [fault["loc"] for fault in answer.json()["errors"]], answer.text
    if loc and loc[:2] == SECOND:
        assert "recordings[1]" in answer.json()["detail"]
    assert left_behind(parts) == NOTHING


@pytest.mark.parametrize("field", BAD_FIELDS)
def test_a_bad_field_is_refused_with_its_place(client: TestClient, device: Device, parts: Parts, field: str) -> None:
    for value in BAD_FIELDS[field]:
        document = batch(recording(), recording(2, **{field: value}))
        answer = client.post("/v1/batches/submit", content=as_json(document), headers=device.headers)
        assert answer.status_code == 422, (value, answer.text)
        assert [*SECOND, field] in [fault["loc"] for fault in answer.json()["errors"]], (value, answer.text)
    assert left_behind(parts) == NOTHING


@pytest.mark.parametrize("bad", ["", "a/b", "a" * 129, "\r\n", None])
def test_a_bad_batch_id_is_refused(client: TestClient, device: Device, parts: Parts, bad: Any) -> None:
    answer = client.post("/v1/batches/submit", json=batch(recording(), batch_id=bad), headers=device.headers)
    assert (answer.status_code, answer.json()["errors"][0]["loc"]) == (422, ["batch_id"])
    assert left_behind(parts) == NOTHING


def test_the_protocols_two_errors_have_its_words(client: TestClient, device: Device) -> None:
    none = client.post("/v1/batches/submit", json=batch(), headers=device.headers)
    many = client.post("/v1/batches/submit", json=batch(*map(recording, range(11))), headers=device.headers)
    assert none.json()["detail"] == "No recordings provided"
    assert many.json()["detail"] == "Too many recordings in batch"


def test_the_recording_is_named_by_its_id(client: TestClient, device: Device) -> None:
    document = batch(recording(1), {"audio_data": "!", "id": "the-second", "filename": "b"})
    answer = client.post("/v1/batches/submit", json=document, headers=device.headers).json()
    assert 'recording "the-second" (recordings[1]), audio_data: must be base64' in answer["detail"]
    assert {tuple(fault["loc"]) for fault in answer["errors"]} == {
        ("recordings", 1, "audio_data"),
        ("recordings", 1, "duration"),
        ("recordings", 1, "created_at"),
    }


def raw(text: str) -> bytes:
    good = json.dumps(batch(recording())).encode()
    return good.replace(b'"duration": 125.5', text.encode("utf-8", "surrogatepass"))


BAD_JSON = {
    "NaN": raw('"duration": NaN'),
    "infinity by overflow": raw('"duration": 1e999'),
    "a huge integer": raw('"duration": 1, "metadata": {"n": %s}' % ("9" * 5000)),
    "a doubled key": raw('"duration": 1, "duration": 1'),
    "audio twice": raw('"audio_data": "QUJD", "duration": 1'),
    "a lone surrogate": raw('"duration": 1, "metadata": {"a": "\\ud800"}'),
    "a raw surrogate": raw('"duration": 1, "metadata": {"a": "\ud800"}'),
    "deep nesting": raw('"duration": 1, "metadata": ' + "[" * 100_000),
    "cut": json.dumps(batch(recording())).encode()[:-1],
    "cut in the audio": json.dumps(batch(recording())).encode()[:1500],
    "empty": b"",
    "not UTF-8": raw('"duration": 1').replace(b"ru", b"\xff\xff"),
    "trailing text": json.dumps(batch(recording())).encode() + b"{}",
}


@pytest.mark.parametrize("name", BAD_JSON)
def test_a_body_that_is_no_json_is_refused_and_leaves_nothing(
    client: TestClient, device: Device, parts: Parts, name: str
) -> None:
    answer = client.post("/v1/batches/submit", content=BAD_JSON[name], headers=device.headers)
    assert (answer.status_code, answer.json()["code"]) == (422, "validation_error"), answer.text
    assert answer.json()["errors"]
    assert left_behind(parts) == NOTHING


def test_a_body_over_the_limit_is_refused_by_its_length(client: TestClient, device: Device, parts: Parts) -> None:
    headers = device.headers | {"Content-Length": str((4 << 20) + 1)}
    answer = client.post("/v1/batches/submit", content=b"{", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert left_behind(parts) == NOTHING


def test_a_body_over_the_limit_is_refused_by_counting(client: TestClient, device: Device, parts: Parts) -> None:
    piece = base64.b64encode(bytes(700_000)).decode()
    body = as_json(batch(*[recording(number, audio_data=piece) for number in range(5)]))
    answer = client.post("/v1/batches/submit", content=iter([body]), headers=device.headers)
    assert (answer.status_code, answer.json()["code"]) == (413, "body_too_large")
    assert left_behind(parts) == NOTHING


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer nonsense"}])
def test_without_a_token_nothing_is_read(client: TestClient, parts: Parts, headers: dict[str, str]) -> None:
    answer = client.post("/v1/batches/submit", json=batch(recording()), headers=headers)
    assert answer.status_code == 401
    assert left_behind(parts) == NOTHING
