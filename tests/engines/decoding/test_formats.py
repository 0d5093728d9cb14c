"""Every container that a phone or browser writes is heard whole, and one that was cut says so."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import numpy as np
import pytest

from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits, probe
from ai_conspects.engines.errors import EngineRejected
from tests.data import test_data
from tests.engines.decoding import files

LIMITS = DecodingLimits(max_seconds=100)


@pytest.fixture
def file() -> Iterator[IO[bytes]]:
    with tempfile.TemporaryFile() as made:
        yield made


@pytest.mark.parametrize("extension", files.CODECS)
def test_a_recording_in_any_container_is_measured_and_heard(file: IO[bytes], extension: str) -> None:
    file.write(files.audio(extension))
    facts = probe(file, LIMITS)
    samples = np.concatenate(list(DecodedAudio(file, LIMITS).blocks()))
    assert facts.duration_s == pytest.approx(3, abs=0.06)
    assert len(samples) / 16_000 == pytest.approx(facts.duration_s, abs=0.01)
    assert np.abs(np.fft.rfft(samples[16_000:32_000])).argmax() == pytest.approx(300, abs=1)
    assert not facts.truncated


@pytest.mark.parametrize("layout", ["stereo", "5.1", "7.1"])
def test_any_number_of_channels_becomes_one(file: IO[bytes], layout: str) -> None:
    file.write(files.audio("flac", layout=layout))
    assert sum(map(len, DecodedAudio(file, LIMITS).blocks())) == 48_000


@pytest.mark.parametrize("extension", ["wav", "mp3", "flac", "webm", "mkv", "aiff"])
def test_what_is_left_of_a_cut_upload_is_heard_and_called_cut(file: IO[bytes], extension: str) -> None:
    whole = files.audio(extension)
    file.write(whole[: len(whole) * 6 // 10])
    facts = probe(file, LIMITS)
    assert facts.truncated
    assert 1 < facts.duration_s < 2.2
    assert facts.header_duration_s == pytest.approx(3, abs=0.3)


def test_an_m4a_without_its_index_is_named_as_a_cut_upload(file: IO[bytes]) -> None:
    file.write(files.fast_start_less(files.audio("m4a")))
    with pytest.raises(EngineRejected, match="The upload was cut") as refused:
        probe(file, LIMITS)
    assert refused.value.code == "audio_unreadable"


def test_a_wav_written_by_a_pipe_claims_nothing_and_is_not_called_cut(file: IO[bytes]) -> None:
    file.write(files.wav_header(0xFFFF_FFFF) + bytes(64_000))
    facts = probe(file, LIMITS)
    assert (facts.duration_s, facts.truncated, facts.header_duration_s) == (2.0, False, None)


def test_hearing_goes_on_from_the_very_sample_of_a_checkpoint(file: IO[bytes]) -> None:
    file.write(files.audio("wav", 5))
    whole = np.concatenate(list(DecodedAudio(file, LIMITS).blocks()))
    rest = np.concatenate(list(DecodedAudio(file, LIMITS).blocks(2.345)))
    assert abs(len(whole) - len(rest) - round(2.345 * 16_000)) <= 1
    settled = slice(200, 20_000)  # the resampler needs some samples to settle
    assert np.abs(whole[len(whole) - len(rest) :][settled].astype(int) - rest[settled]).max() < 40


def test_a_checkpoint_at_the_end_leaves_nothing_to_hear(file: IO[bytes]) -> None:
    file.write(files.audio("wav", 1))
    assert list(DecodedAudio(file, LIMITS).blocks(1.0)) == []


def test_tags_before_an_mp3_are_stepped_over(file: IO[bytes]) -> None:
    tag = b"ID3\x04\x00\x00" + bytes([0, 0, 2, 0]) + bytes(256)
    file.write(tag + files.audio("mp3"))
    assert probe(file, LIMITS).format == "mp3"


def test_the_place_in_an_open_file_does_not_matter(file: IO[bytes]) -> None:
    file.write(files.audio("wav"))
    file.seek(100)
    assert probe(file, LIMITS).duration_s == 3
    assert file.tell() == 100


def test_a_real_recording_of_a_phone_is_measured() -> None:
    facts = probe(test_data() / "audio" / "pisets.m4a", LIMITS)
    assert (facts.sample_rate, facts.channels, facts.codec) == (48_000, 2, "aac")
    assert facts.duration_s == pytest.approx(3.627, abs=0.001)


def test_memory_stays_flat_while_a_long_recording_is_heard(tmp_path: Path) -> None:
    long = tmp_path / "long.wav"
    with long.open("wb") as out:
        out.write(files.wav_header(3_600 * 32_000))
        out.seek(3_600 * 32_000 - 1, io.SEEK_CUR)
        out.write(b"\0")
    longest, count = 0, 0
    for block in DecodedAudio(long, DecodingLimits(max_seconds=4_000)).blocks():
        longest, count = max(longest, len(block)), count + len(block)
    assert count == 3_600 * 16_000
    assert longest == 16_000
