"""The features are Kaldi's, as another implementation computes them, on real speech."""

import numpy as np
import pytest

from ai_conspects.engines.speakers.fbank import BINS, fbank
from tests.data import test_data
from tests.engines.speech_to_text.recordings import decoded, voice


@pytest.mark.parametrize("name", ["jfk.flac", "ru-golos.wav"])
def test_they_are_those_of_onnx_asr(name: str) -> None:
    reference = pytest.importorskip("onnx_asr.preprocessors.numpy_preprocessor", reason="the extra `onnx` isn't there")
    samples = np.concatenate(list(decoded(test_data() / "audio" / name).blocks()))[: 3 * 16_000 + 77]
    waveform = samples.astype(np.float32)[np.newaxis]
    expected, _ = reference.KaldiPreprocessorNumpy("wespeaker")(waveform, np.array([waveform.shape[1]]))
    np.testing.assert_allclose(fbank(samples), expected[0] - expected[0].mean(axis=0), atol=5e-5)


def test_loudness_makes_no_difference() -> None:
    samples = voice(1)
    np.testing.assert_allclose(fbank((samples * 2).astype(np.int16)), fbank(samples), atol=0.05)


def test_less_than_a_frame_has_none_and_silence_is_zeros() -> None:
    assert fbank(np.zeros(399, np.int16)).shape == (0, BINS)
    assert fbank(np.zeros(400, np.int16)).shape == (1, BINS)
    np.testing.assert_allclose(fbank(np.zeros(16_000, np.int16)), 0, atol=1e-5)
