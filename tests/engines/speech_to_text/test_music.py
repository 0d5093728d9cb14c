"""Music is told from speech: what is surely music is not heard, what may be either is heard and flagged."""

from collections.abc import Callable

import numpy as np
import pytest
from numpy import float64
from numpy.typing import NDArray

from ai_conspects.engines.speech_to_text import utterances
from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE, Block, Segment
from ai_conspects.engines.speech_to_text.doubts import over_music
from ai_conspects.engines.speech_to_text.music import Music, likeness
from ai_conspects.engines.speech_to_text.utterances import Stretch, stretches
from tests.data import test_data
from tests.engines.speech_to_text.recordings import decoded, quiet, recording, voice

SECONDS = 20
TIME = np.arange(SECONDS * SAMPLE_RATE) / SAMPLE_RATE
CHORDS = ((261.6, 329.6, 392.0), (220.0, 261.6, 329.6), (174.6, 220.0, 261.6), (196.0, 246.9, 293.7))
MELODY = (261.6, 293.7, 329.6, 392.0, 329.6, 293.7, 440.0, 392.0)


def instrument(note: float, time: NDArray[float64]) -> NDArray[float64]:
    """A tone with overtones, and a little hiss as any recording has."""
    tones: NDArray[float64] = sum((np.sin(2 * np.pi * note * over * time) / over for over in range(1, 8)), 0 * time)
    return tones + np.random.default_rng(4).normal(0, 0.01, len(time))


def chords() -> NDArray[float64]:
    """Four, a second and a half each, as an organ holds them."""
    turn = (TIME / 1.5).astype(int) % len(CHORDS)
    return sum(
        (sum(instrument(note, TIME) for note in chord) * (turn == at) for at, chord in enumerate(CHORDS)), 0 * TIME
    )


def melody() -> NDArray[float64]:
    """Notes of 0.4 s that fade to a third, over a bass that stays."""
    turn = (TIME / 0.4).astype(int) % len(MELODY)
    fading = np.exp(-(TIME % 0.4) * 2.5)
    tune = sum((instrument(note, TIME) * (turn == at) for at, note in enumerate(MELODY)), 0 * TIME)
    return tune * fading + 0.6 * instrument(130.8, TIME)


def band() -> NDArray[float64]:
    """Chords with drums: a burst of noise twice a second."""
    beat = np.exp(-(TIME % 0.5) * 30) * np.random.default_rng(5).normal(0, 1.5, len(TIME))
    return chords() + beat


def samples(sound: NDArray[float64]) -> Block:
    """At an ordinary loudness."""
    loud: Block = (sound / np.abs(sound).max() * 12_000).astype(np.int16)
    return loud


REAL = ["jfk.flac", "lucier.mp3", "sonnet1.mp3", "digits.wav", "fr-buzz.mp3", "de-riva.wav", "pisets.m4a"]
REAL += [f"ru-{name}" for name in ("golos.wav", "pisets.wav", "poor-fellow.wav", "tone-long.flac", "tone-short.flac")]
TONE_S = (12.66, 15.36)
"""Where a telephone gives a tone of 523 Hz instead of speech."""
MUSIC: list[Callable[[], NDArray[float64]]] = [chords, melody, band]


@pytest.mark.parametrize("played", MUSIC)
def test_music_is_no_speech(played: Callable[[], NDArray[float64]]) -> None:
    audio = recording(quiet(2), samples(played()), quiet(2))
    assert [piece for piece in stretches(audio.blocks(), 0.0) if piece.speech] == []


@pytest.mark.parametrize("played", MUSIC)
def test_who_speaks_before_or_after_music_is_heard(played: Callable[[], NDArray[float64]]) -> None:
    audio = recording(voice(3), quiet(1), samples(played()), quiet(1), voice(3))
    heard = [piece for piece in stretches(audio.blocks(), 0.0) if piece.speech]
    assert [piece.music < Music.PERHAPS for piece in heard] == [True, True]
    assert heard[0].end_s == pytest.approx(3.4, abs=0.2)
    assert heard[1].start_s == pytest.approx(24.6, abs=0.2)


@pytest.mark.parametrize("name", ["jfk.flac", "lucier.mp3", "ru-tone-long.flac", "fr-buzz.mp3", "de-riva.wav"])
def test_who_speaks_over_quiet_music_is_heard(name: str) -> None:
    speech = np.concatenate(list(decoded(test_data() / "audio" / name).blocks()))
    played = np.resize(samples(melody()), len(speech)) * (0.3 * float(speech.std()) / float(samples(melody()).std()))
    together = np.clip(speech + played, -32_768, 32_767).astype(np.int16)
    alone = [piece for piece in stretches([speech], 0.0) if piece.speech]
    heard = [piece for piece in stretches([together], 0.0) if piece.speech]
    assert all(any(one.start_s < said.end_s and one.end_s > said.start_s for one in heard) for said in alone)


@pytest.mark.parametrize("name", REAL)
def test_no_real_speech_is_taken_for_music(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    blocks = list(decoded(test_data() / "audio" / name).blocks())
    with_music = [piece for piece in stretches(blocks, 0.0) if piece.speech]
    monkeypatch.setattr(utterances, "likeness", lambda _: Music.NO)
    voiced = [piece for piece in stretches(blocks, 0.0) if piece.speech]
    assert [piece.start_s for piece in with_music] == [piece.start_s for piece in voiced]
    doubted = [(piece.start_s, piece.end_s) for piece in with_music if piece.music >= Music.PERHAPS]
    assert doubted == ([pytest.approx(TONE_S, abs=0.1)] if name == "ru-tone-long.flac" else [])
    assert name == "ru-tone-long.flac" or all(piece.music is Music.NO for piece in with_music)


def test_too_little_to_tell_is_speech() -> None:
    assert likeness(samples(chords())[: SAMPLE_RATE // 2]) is Music.NO


def _stretch(start_s: float, seconds: float, music: Music) -> Stretch:
    return Stretch(start_s, np.zeros(round(seconds * SAMPLE_RATE), np.int16), speech=True, music=music)


@pytest.mark.parametrize(
    ("segment", "flags"),
    [
        (Segment(1, 3, "la la", 0.4), ("music",)),
        (Segment(1, 3, "la la", None), ("music",)),
        (Segment(1, 3, "the notice of the meeting", 0.8), ()),
        (Segment(3, 6, "partly over speech", 0.4), ()),
        (Segment(6, 8, "spoken", 0.4), ()),
        (Segment(1, 3, "la la", 0.4, flags=("unlikely",)), ("unlikely", "music")),
    ],
)
def test_what_is_written_over_music_is_flagged_unless_the_model_is_sure(
    segment: Segment, flags: tuple[str, ...]
) -> None:
    heard = [_stretch(0, 5, Music.PERHAPS), _stretch(5, 5, Music.HARDLY)]
    assert over_music(segment, heard).flags == flags


def test_of_a_model_that_is_never_sure_all_that_may_be_music_is_flagged() -> None:
    segment = Segment(1, 3, "and the a the", 0.9)
    assert over_music(segment, [_stretch(0, 5, Music.HARDLY)], Music.HARDLY).flags == ("music",)
    assert over_music(segment, [_stretch(0, 5, Music.NO)], Music.HARDLY).flags == ()


def test_a_drum_beat_under_changing_tones_may_be_music() -> None:
    """Louder and softer at each beat, as syllables are, but with tones that are held."""
    played = melody() * np.exp(-(TIME % 0.5) * 2.5)
    assert likeness(samples(played)) >= Music.HARDLY
