"""Uploads that aren't what they claim: each is refused with a sentence, harms nothing, and opens no other file."""

import io
import os
import signal
import socket
import tempfile
import threading
import time
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from ai_conspects.engines.decoding import audio
from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits, probe
from ai_conspects.engines.decoding.decoders import Patient
from ai_conspects.engines.errors import EngineRejected
from tests.audio import tone
from tests.engines.decoding import files
from tests.engines.decoding.processes import decoders

LIMITS = DecodingLimits(max_seconds=100)


@pytest.fixture
def file() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as made:
        yield made


def refusal(content: bytes, file: IO[bytes], limits: DecodingLimits = LIMITS) -> EngineRejected:
    """The error for this upload, which measuring and hearing agree on."""
    file.write(content)
    with pytest.raises(EngineRejected) as measured:
        probe(file, limits)
    with pytest.raises(EngineRejected) as heard:
        list(DecodedAudio(file, limits).blocks())
    assert measured.value.code == heard.value.code
    return measured.value


def outcome(file: IO[bytes]) -> str:
    """`heard`, or the code of the refusal."""
    try:
        return "heard" if probe(file, LIMITS).duration_s > 0 else "nothing"
    except EngineRejected as refused:
        return refused.code


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"Dear diary, this is no sound at all.\n" * 20, "text"),
        ("Дорогой дневник".encode(), "text"),
        (b"", "an empty file"),
        (b"%PDF-1.7\n...", "a PDF"),
        (b"\xff\xd8\xff\xe0" + bytes(99), "a picture"),
        (bytes(range(256)) * 9, "no kind of audio"),
        (b"#EXTM3U\n#EXTINF:5,\nvictim.wav\n", "a playlist"),
        (b"ffconcat version 1.0\nfile victim.wav\n", "a playlist"),
        (b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nm=audio 9 RTP/AVP 0\n", "a playlist"),
        (b"<?xml version='1.0'?><MPD></MPD>", "a playlist"),
    ],
)
def test_what_is_no_audio_is_named_for_what_it_is(file: IO[bytes], content: bytes, what: str) -> None:
    refused = refusal(content, file)
    assert refused.code == "not_audio"
    assert f"This is {what}" in refused.message
    assert "Send the recording itself" in refused.message


@pytest.mark.parametrize(
    "script", [b"ffconcat version 1.0\nfile '%s'\n", b"#EXTM3U\n#EXTINF:5,\n%s\n", b"#EXTM3U\nfile:%s\n"]
)
@pytest.mark.parametrize(
    "disguise", [b"", b"\0\0\0\x18ftypM4A \0\0\0\0M4A mp42isom", b"\xff\xfb\x90\x00", b"ID3\x04\0\0\0\0\0\0"]
)
def test_a_playlist_under_any_name_never_reads_the_file_it_names(
    file: IO[bytes], tmp_path: Path, script: bytes, disguise: bytes
) -> None:
    victim = tmp_path / "victim.wav"
    victim.write_bytes(tone(2))
    assert refusal(disguise + script % str(victim).encode(), file).code in {"not_audio", "audio_unreadable"}


def test_an_mp4_that_refers_to_another_file_gets_nothing_of_it(file: IO[bytes], tmp_path: Path) -> None:
    victim = tmp_path / "victim.wav"
    victim.write_bytes(tone(2))
    whole = files.audio("mov")
    read_at = victim.stat().st_atime_ns
    own, other = b"\0\0\0\x0curl \0\0\0\x01", str(victim).encode() + b"\0"
    assert own in whole
    changed = whole.replace(own, b"\0\0\0\x0curl \0\0\0\x00")  # the flag "in this very file" is gone
    file.write(changed + other)
    assert outcome(file) in {"heard", "audio_unreadable"}
    assert victim.stat().st_atime_ns == read_at


def test_a_video_without_sound_is_told_apart(file: IO[bytes]) -> None:
    assert refusal(files.video_without_sound(), file).code == "no_audio_stream"


def test_a_recording_longer_than_allowed_is_stopped(file: IO[bytes]) -> None:
    refused = refusal(files.audio("flac", 12), file, DecodingLimits(max_seconds=10))
    assert refused.code == "audio_too_long"


def test_a_codec_bomb_stops_at_the_limit(file: IO[bytes]) -> None:
    bomb = files.audio_of_silence("flac", 3_000)
    assert len(bomb) < 1_000_000
    started = time.monotonic()
    assert refusal(bomb, file).code == "audio_too_long"
    assert time.monotonic() - started < 10


def test_a_wav_of_one_sample_a_second_is_no_recording(file: IO[bytes]) -> None:
    assert refusal(files.wav_header(64_000, rate=1) + bytes(64_000), file).code == "audio_unreadable"


@pytest.mark.parametrize("extension", files.CODECS)
def test_damage_anywhere_ends_in_sound_or_in_a_refusal(file: IO[bytes], extension: str) -> None:
    damaged = bytearray(files.audio(extension, 1))
    seed = zlib.crc32(extension.encode())
    for step in range(40):
        damaged[(seed * (step + 1)) % len(damaged)] ^= 0xFF
    file.write(damaged)
    assert outcome(file) in {"heard", "audio_unreadable", "not_audio", "no_audio_stream", "audio_too_long"}


def test_too_little_memory_refuses_one_recording(file: IO[bytes]) -> None:
    file.write(files.audio("m4a"))
    with pytest.raises(EngineRejected) as refused:
        probe(file, DecodingLimits(max_seconds=100, memory_bytes=1 << 20))
    assert refused.value.code in {"audio_unreadable", "decoder_crashed"}


def test_a_decoder_that_is_killed_fails_its_recording_only(file: IO[bytes]) -> None:
    file.write(files.audio("flac", 60))
    blocks = DecodedAudio(file, LIMITS).blocks()
    next(blocks)
    [child] = decoders()
    os.kill(child, signal.SIGKILL)
    with pytest.raises(EngineRejected) as refused:
        list(blocks)
    assert refused.value.code == "decoder_crashed"
    assert "signal 9" in refused.value.message
    assert decoders() == []


def test_a_decoder_that_stands_still_is_ended(file: IO[bytes], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(audio, "_PATIENCE", 1 / LIMITS.cpu_s)  # a second
    file.write(files.audio("flac", 60))
    blocks = DecodedAudio(file, LIMITS).blocks()
    next(blocks)
    [child] = decoders()
    os.kill(child, signal.SIGSTOP)
    with pytest.raises(EngineRejected, match="stood still") as refused:
        list(blocks)
    assert refused.value.code == "decoder_crashed"
    assert decoders() == []


def test_whoever_says_a_little_now_and_then_is_not_waited_for_either() -> None:
    here, there = socket.socketpair()
    dribbling = threading.Event()

    def dribble() -> None:
        with there:
            while not dribbling.wait(0.1):
                there.sendall(b".")

    with ThreadPoolExecutor(1) as pool, here:
        pool.submit(dribble)
        try:
            with pytest.raises(TimeoutError):
                io.BufferedReader(Patient(here, 1.0)).read(1_000)
        finally:
            dribbling.set()


def test_a_reader_that_stops_early_leaves_no_process(file: IO[bytes]) -> None:
    file.write(files.audio("flac", 60))
    blocks = DecodedAudio(file, LIMITS).blocks()
    next(blocks)
    assert len(decoders()) == 1
    blocks.close()  # type: ignore[attr-defined]  # it is a generator
    assert decoders() == []
