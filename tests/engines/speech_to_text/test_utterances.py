"""Speech is found by its voicing: all of it, and nothing in noise; the pieces leave no hole."""

import itertools

import numpy as np
import pytest

from ai_conspects.engines.speech_to_text.base import Block, Pcm16k
from ai_conspects.engines.speech_to_text.utterances import LONGEST_S, Stretch, _voiced, stretches
from tests.data import test_data
from tests.engines.speech_to_text.recordings import decoded, noise, quiet, recording, voice


def found(audio: Pcm16k, since_s: float = 0) -> list[Stretch]:
    """The stretches, which must follow each other without a hole."""
    pieces = list(stretches(audio.blocks(since_s), since_s))
    assert all(one.end_s == pytest.approx(other.start_s) for one, other in itertools.pairwise(pieces))
    return pieces


def spoken(audio: Pcm16k) -> list[tuple[float, float]]:
    return [(piece.start_s, piece.end_s) for piece in found(audio) if piece.speech]


def test_two_words_and_the_silence_between_them_are_told_apart() -> None:
    [first, second] = spoken(recording(quiet(2), voice(1), quiet(3), voice(0.5), quiet(2)))
    assert first == pytest.approx((1.64, 3.36), abs=0.1)
    assert second == pytest.approx((5.64, 6.86), abs=0.1)


@pytest.mark.parametrize("nothing", [quiet(12), noise(12), np.zeros(160_000, np.int16), np.empty(0, np.int16)])
def test_nobody_speaks_in_silence_and_noise(nothing: Block) -> None:
    assert spoken(recording(nothing)) == []


def test_knocks_are_no_speech() -> None:
    door = quiet(10)
    door[16_000:160_000:24_000] = 30_000
    assert spoken(recording(door)) == []


def test_someone_who_never_pauses_is_cut_into_bounded_pieces_that_hold_everything() -> None:
    pieces = found(recording(voice(100)))
    assert all(piece.speech for piece in pieces)
    assert max(piece.end_s - piece.start_s for piece in pieces) <= LONGEST_S
    assert sum(len(piece.samples) for piece in pieces) == 100 * 16_000


def test_a_long_speech_is_cut_where_it_is_quietest() -> None:
    pieces = found(recording(voice(12), voice(0.3) // 30, voice(12)))
    assert pieces[0].end_s == pytest.approx(12.15, abs=0.2)


def test_the_pieces_hold_every_sample_wherever_it_begins() -> None:
    audio = recording(quiet(1), voice(2), noise(3.337))
    for since_s in (0, 0.5, 2.2):
        kept = np.concatenate([piece.samples for piece in found(audio, since_s)])
        assert np.array_equal(kept, audio.samples[round(since_s * 16_000) :])


@pytest.mark.parametrize("name", ["silence.wav", "noise.wav"])
def test_nobody_speaks_in_real_silence_and_noise(name: str) -> None:
    assert spoken(decoded(test_data() / "audio" / name)) == []


SPEECH_S = {
    "jfk.flac": 9.5,
    "digits.wav": 5,
    "ru-golos.wav": 3,
    "ru-pisets.wav": 2.5,
    "de-riva.wav": 7,
    "fr-buzz.mp3": 8,
}


@pytest.mark.parametrize("name", SPEECH_S)
def test_real_speech_in_any_language_is_found(name: str) -> None:
    heard_s = sum(end - start for start, end in spoken(decoded(test_data() / "audio" / name)))
    assert heard_s >= SPEECH_S[name]


@pytest.mark.parametrize("name", [*SPEECH_S, "lucier.mp3", "noise.wav"])
def test_a_frame_is_voiced_by_its_whole_autocorrelation_and_by_that_of_a_voices_band(name: str) -> None:
    """The short ways to that answer change none."""
    samples = np.concatenate(list(decoded(test_data() / "audio" / name).blocks()))[: 30 * 16_000]
    windows = np.stack([samples[at : at + 960] for at in range(0, len(samples) - 959, 480)]).astype(float)
    power = np.abs(np.fft.rfft(windows - windows.mean(axis=1, keepdims=True), 2048)) ** 2
    hertz = np.fft.rfftfreq(2048, 1 / 16_000)
    voiced = (windows**2).mean(axis=1) > (10 ** (-55 / 20) * 32_768) ** 2
    for heard in (power, power * ((hertz > 150) & (hertz < 4_000))):
        lags = np.fft.irfft(heard)
        voiced &= lags[:, 40:267].max(axis=1) > 0.5 * lags[:, 0]
    assert np.array_equal(_voiced(samples), voiced)
