"""What is no recording of speech: its own clear error or an honest “no speech”, never a 5xx, never words."""

import base64
import io
import zipfile

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from ai_conspects.engines import registry
from ai_conspects.models import AudioRecording, BatchStatus, Note, Queue, RecordingStatus
from ai_conspects.pipeline.runner import Runner
from tests.accounts.devices import register
from tests.audio import silence, tone, wav
from tests.batches.submits import audio, batch, recording
from tests.bench import Bench
from tests.e2e.recordings import clip
from tests.engines.speech_to_text.recordings import noise


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("a.m4a", clip())
    return out.getvalue()


def music() -> bytes:
    """Three chords."""
    at = np.arange(16_000 * 2) / 16_000
    chords = [sum(np.sin(2 * np.pi * hertz * at) for hertz in chord) for chord in ((262, 330, 392), (349, 440, 523))]
    return wav((np.concatenate(chords) * 3_000).astype(np.int16))


NO_AUDIO = {
    "random bytes": ("a.m4a", audio(1, 50_000)),
    "a text": ("a.mp3", "Это не запись.".encode() * 100),
    "an archive": ("a.m4a", zipped()),
    "a page": ("a.wav", b"<!doctype html><html><audio src=x></html>"),
    "a playlist": ("a.m4a", b"#EXTM3U\nfile:///etc/passwd\n"),
    "a header and no more": ("a.wav", silence(1.0)[:44]),
    "a recording whose end alone came": ("a.m4a", clip()[-20_000:]),
}
NO_SPEECH = {
    "silence": ("a.wav", silence(5.0)),
    "a hiss": ("a.wav", wav(noise(3.0))),
    "a tone": ("a.wav", tone(4.0)),
    "music": ("a.wav", music()),
}


@pytest.mark.parametrize("name", [*NO_AUDIO, *NO_SPEECH])
def test_what_is_no_speech_ends_honestly(client: TestClient, bench: Bench, name: str) -> None:
    filename, data = {**NO_AUDIO, **NO_SPEECH}[name]
    made = sent(client, filename, data)
    run(bench)
    with bench.database.transaction(as_system="a test") as session:
        one = session.scalars(select(AudioRecording)).one()
        assert session.scalars(select(Note)).all() == []
    if name in NO_AUDIO:
        assert one.status == RecordingStatus.FAILED
        assert one.error_code not in {None, "internal_error", "step_crashed"}
        assert one.error_message
    else:
        assert one.status == RecordingStatus.COMPLETED
    answer = client.get("/v1/batches/garbage/results", headers=made)
    assert answer.status_code == 200
    assert answer.json()["status"] in {BatchStatus.FAILED, BatchStatus.COMPLETED}
    assert client.get("/v1/recordings/garbage-1", headers=made).status_code == 200


def test_a_wrong_extension_is_no_fault(client: TestClient, bench: Bench) -> None:
    sent(client, "talk.mp3", clip())  # an m4a
    run(bench)
    with bench.database.transaction(as_system="a test") as session:
        assert session.scalars(select(AudioRecording)).one().status == RecordingStatus.COMPLETED
        assert session.scalars(select(Note)).all()


def test_a_cut_recording_gives_what_is_there_and_says_that_it_is_cut(client: TestClient, bench: Bench) -> None:
    whole = tone(10.0)
    headers = sent(client, "a.wav", whole[: len(whole) // 2])
    run(bench)
    told = client.get("/v1/recordings/garbage-1", headers=headers).json()
    assert told["status"] == "completed"
    assert any("cut off" in str(notice) for notice in told["notices"]), told


def sent(client: TestClient, filename: str, data: bytes) -> dict[str, str]:
    """Submitted in a batch of one; its owner's headers."""
    device = register(client)
    one = recording(1, id="garbage-1", filename=filename, audio_data=base64.b64encode(data).decode())
    body = batch(one, batch_id="garbage", settings={"language": "en", "include_research": False})
    answer = client.post("/v1/batches/submit", json=body, headers=device.headers)
    assert answer.status_code == 200, answer.text
    return device.headers


def run(bench: Bench) -> None:
    """Every step, with the real offline engines."""
    assert bench.settings.home
    engines = registry.build(bench.settings, bench.settings.home)
    runner = Runner(bench.database, engines, bench.settings, "test-worker", lambda: False)
    while any(runner.run_next(queue) for queue in Queue):
        pass
