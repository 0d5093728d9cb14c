"""The engine for ONNX models, run for real on tiny ones in the format of GigaAM; and how tokens become words."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import pytest

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.speech_to_text import onnx_models
from ai_conspects.engines.speech_to_text.onnx import OnnxEngine
from ai_conspects.engines.speech_to_text.onnx_heard import segment
from tests.engines.speech_to_text.recordings import Listener, clip, noise, quiet, recording, voice

MODEL = "gigaam-v3-e2e-ctc"


@dataclass
class Told:
    """What onnx-asr tells of an utterance."""

    text: str
    tokens: list[str] | None = None
    timestamps: list[float] | None = None
    logprobs: list[float] | None = None


def test_tokens_become_words_with_times_and_probabilities() -> None:
    told = Told("Да, мир.", [" Да", ",", " ми", "р", "."], [0.1, 0.2, 1.0, 1.1, 1.2], [-0.1, -0.3, -0.2, -0.2, -0.2])
    heard = segment(told, 10.0, 13.0)
    assert heard is not None
    assert [(word.text, word.start_s, word.end_s) for word in heard.words] == [
        ("Да,", 10.1, 10.5),
        ("мир.", 11.0, 11.5),
    ]
    assert [word.confidence for word in heard.words] == [pytest.approx(0.8187, abs=1e-4)] * 2
    assert (heard.start_s, heard.end_s) == (10.1, 11.5)
    assert heard.confidence == pytest.approx(0.8187, abs=1e-4)


def test_a_vocabulary_of_letters_gives_words_too() -> None:
    heard = segment(Told("да мир", list("да мир"), [0.1, 0.2, 0.3, 0.4, 0.5, 0.6], [-0.1] * 6), 0.0, 2.0)
    assert heard is not None
    assert [(word.text, word.start_s, word.end_s) for word in heard.words] == [("да", 0.1, 0.4), ("мир", 0.4, 0.9)]


def test_a_model_without_times_and_figures_gives_the_utterance_without_them() -> None:
    heard = segment(Told("Hello."), 3.0, 5.0)
    assert heard is not None
    assert (heard.start_s, heard.end_s, heard.confidence, heard.words, heard.flags) == (3.0, 5.0, None, (), ())


def test_no_words_are_no_segment() -> None:
    assert segment(Told("  ", [" "], [0.5], [-0.1]), 3.0, 5.0) is None


def test_a_guess_is_flagged() -> None:
    heard = segment(Told("а", ["а"], [0.1], [-1.5]), 0.0, 1.0)
    assert heard is not None
    assert heard.flags == ("unlikely",)


@pytest.mark.parametrize(
    ("model", "language", "says"),
    [
        (MODEL, "en", "It knows: ru"),
        (MODEL, None, "say that it is “ru”"),
        ("nemo-parakeet-tdt-0.6b-v3", "zh", "It knows: bg, cs"),
        ("nemo-parakeet-tdt-0.6b-v3", None, "can't tell which language"),
    ],
)
def test_a_language_that_the_model_does_not_know_is_refused(model: str, language: str | None, says: str) -> None:
    with pytest.raises(EngineRejected, match=says) as refused:
        Listener().hear(OnnxEngine(model), recording(quiet(1)), language)
    assert refused.value.code == "language_unsupported"


def test_an_unknown_model_names_the_known_ones() -> None:
    with pytest.raises(EngineMisconfigured, match=f"ONNX_MODEL.*{MODEL}"):
        Listener().hear(OnnxEngine("nobody/knows"), recording(quiet(1)), "ru")


class TestWithTheLibrary:
    """Run for real."""

    @pytest.fixture(autouse=True)
    def _installed(self) -> None:
        for package in ("onnx_asr", "onnxruntime", "onnx"):
            pytest.importorskip(package, reason="the extra “onnx” is not installed: pip install -e '.[dev]'")

    @pytest.fixture
    def engine_of(self, tmp_path: Path) -> Callable[..., OnnxEngine]:
        from tests.engines.speech_to_text.tiny_onnx import Script, write_gigaam

        def make(sureness: float = 20.0) -> OnnxEngine:
            return OnnxEngine(MODEL, str(write_gigaam(tmp_path / "model", Script(sureness=sureness))))

        return make

    def test_real_speech_goes_through_the_real_runtime(self, engine_of: Callable[..., OnnxEngine]) -> None:
        listener = Listener()
        info = listener.hear(engine_of(), clip("jfk.m4a"), "ru")
        assert (info.language, info.notice) == ("ru", None)
        assert {one.text for one in listener.segments} == {"Привет, мир."}
        assert listener.progress[-1] == pytest.approx(11, abs=0.05)

    def test_words_stand_where_their_tokens_were_heard(self, engine_of: Callable[..., OnnxEngine]) -> None:
        listener = Listener()
        listener.hear(engine_of(), recording(quiet(5), voice(3), quiet(2), voice(3), quiet(2)), "ru-RU")
        first, second = listener.segments
        utterance_s = 5 - 0.36
        assert [word.start_s for word in first.words] == pytest.approx([utterance_s + 0.4, utterance_s + 1.2], abs=0.1)
        assert second.start_s > first.end_s
        assert all(one.end_s <= other.start_s for one, other in pairwise(first.words + second.words))
        assert all(word.confidence is not None and word.confidence > 0.99 for word in first.words)

    def test_doubt_lowers_the_confidence(self, engine_of: Callable[..., OnnxEngine]) -> None:
        listener = Listener()
        listener.hear(engine_of(sureness=1.0), clip("jfk.m4a"), "ru")
        assert all(one.confidence is not None and one.confidence < 0.5 for one in listener.segments)

    def test_silence_and_noise_never_reach_the_model(self, engine_of: Callable[..., OnnxEngine]) -> None:
        listener = Listener()
        listener.hear(engine_of(), recording(quiet(10), noise(10)), "ru")
        assert (listener.segments, listener.progress[-1]) == ([], 20)

    def test_it_goes_on_from_a_checkpoint(self, engine_of: Callable[..., OnnxEngine]) -> None:
        engine, audio = engine_of(), recording(*(voice(4), quiet(2)) * 3)
        whole, rest = Listener(), Listener()
        whole.hear(engine, audio, "ru")
        checkpoint = next(second for second in whole.progress if second > whole.segments[0].end_s)
        rest.hear(engine, audio, "ru", since_s=checkpoint)
        assert [one.start_s for one in rest.segments] == pytest.approx(
            [one.start_s for one in whole.segments[1:]], abs=0.1
        )

    def test_a_folder_without_the_model_is_the_operators_to_mend(self, tmp_path: Path) -> None:
        with pytest.raises(EngineMisconfigured, match="AI_CONSPECTS_SPEECH__ONNX_FOLDER"):
            Listener().hear(OnnxEngine(MODEL, str(tmp_path)), clip("jfk.m4a"), "ru")

    def test_a_broken_model_is_the_operators_to_mend(self, tmp_path: Path) -> None:
        (tmp_path / "v3_e2e_ctc.onnx").write_bytes(b"no model")
        (tmp_path / "v3_e2e_ctc_vocab.txt").write_text("<blk> 0\n")
        with pytest.raises(EngineMisconfigured, match="can't be loaded from its folder"):
            Listener().hear(OnnxEngine(MODEL, str(tmp_path)), clip("jfk.m4a"), "ru")

    @pytest.mark.parametrize(
        ("offline", "kind", "says"),
        [(False, EngineUnavailable, f"models pull {MODEL}"), (True, EngineMisconfigured, "HF_HUB_OFFLINE")],
    )
    def test_a_model_that_is_not_here_and_cannot_come_says_how_to_get_it(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, offline: bool, kind: type[EngineError], says: str
    ) -> None:
        from huggingface_hub import constants

        monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path))  # read once, at the import
        monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
        monkeypatch.setattr(constants, "HF_HUB_OFFLINE", offline)
        with pytest.raises(kind, match=says):
            Listener().hear(OnnxEngine(MODEL), clip("jfk.m4a"), "ru")

    def test_every_model_of_the_table_is_one_that_the_library_knows(self) -> None:
        from onnx_asr.resolver import model_repos

        short = {name: model.repository for name, model in onnx_models.MODELS.items() if "/" not in name}
        assert short.items() <= model_repos.items()
