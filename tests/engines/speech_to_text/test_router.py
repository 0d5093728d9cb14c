"""Which engine hears which language, by what is configured and installed; and what a refusal names."""

from pathlib import Path
from typing import Any

import pytest

from ai_conspects.core.engine_settings import SpeechSettings
from ai_conspects.core.settings import Settings
from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected
from ai_conspects.engines.registry import Choice, build, describe
from ai_conspects.engines.speech_to_text import faster_whisper_model, local, model_cache, onnx_models
from ai_conspects.engines.speech_to_text.router import SpeechRouter, engine_for
from tests.engines.speech_to_text.recordings import Listener, clip, quiet, recording


@pytest.fixture(autouse=True)
def cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """An empty cache for models, both packages installed, and no key of this machine's."""
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    _install(monkeypatch, True)
    return tmp_path


def _install(monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    for module in (faster_whisper_model, onnx_models):
        monkeypatch.setattr(module, "installed", lambda: there)


def fetched(cache: Path, *models: tuple[str, str]) -> None:
    for repository, file in models:
        folder = cache / f"models--{repository.replace('/', '--')}" / "snapshots" / "abc"
        folder.mkdir(parents=True)
        (folder / file).write_bytes(b"weights")


def chosen(language: str | None, **given: Any) -> str:
    return engine_for(local.speech(SpeechSettings(**given), 1), language, recording(quiet(1))).name


def explained(**given: Any) -> Choice:
    [choice] = [
        one for one in describe(Settings(_env_file=None, speech=SpeechSettings(**given))) if one.kind == "speech"
    ]
    return choice


WHISPER, GIGAAM = faster_whisper_model.DEFAULT_FILE, onnx_models.DEFAULT_FILE["full"]


def test_russian_goes_to_gigaam_and_the_rest_to_whisper_where_both_are_there(cache: Path) -> None:
    fetched(cache, WHISPER, GIGAAM)
    assert chosen("ru-RU") == "onnx:gigaam-v3-e2e-ctc"
    assert chosen("en") == chosen("de") == "faster-whisper:small"
    assert explained().engine == "onnx, faster-whisper"


def test_whisper_alone_hears_everything(cache: Path) -> None:
    fetched(cache, WHISPER)
    assert chosen("ru") == chosen("en") == chosen("nb-NO") == "faster-whisper:small"


def test_without_whisper_english_goes_to_pocketsphinx(cache: Path) -> None:
    fetched(cache, GIGAAM)
    assert (chosen("ru"), chosen("en")) == ("onnx:gigaam-v3-e2e-ctc", "pocketsphinx:en-us")
    assert explained().engine == "onnx, pocketsphinx"


def test_a_model_that_is_named_is_taken_before_it_is_fetched() -> None:
    assert chosen("ru", whisper_model="turbo") == "faster-whisper:turbo"
    assert chosen("en", onnx_model="nemo-parakeet-tdt-0.6b-v3") == "onnx:nemo-parakeet-tdt-0.6b-v3"


def test_an_english_whisper_is_given_only_english() -> None:
    with pytest.raises(EngineRejected, match=r"small[.]en hears en"):
        chosen("ru", whisper_model="small.en", onnx_model="nemo-parakeet-tdt-0.6b-v2")


def test_a_cached_model_is_of_no_use_without_its_package(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched(cache, WHISPER, GIGAAM)
    _install(monkeypatch, False)
    assert chosen("en") == "pocketsphinx:en-us"


def test_a_model_in_another_precision_is_another_model(cache: Path) -> None:
    fetched(cache, GIGAAM)
    assert chosen("ru", onnx_precision="full").startswith("onnx")
    with pytest.raises(EngineRejected):
        Listener().hear(local.speech(SpeechSettings(onnx_precision="int8"), 1), recording(quiet(1)), "ru")


def test_an_unfinished_download_is_no_model(cache: Path) -> None:
    folder = cache / "models--Systran--faster-whisper-small"
    (folder / "snapshots" / "abc").mkdir(parents=True)
    (folder / "snapshots" / "abc" / "model.bin").symlink_to(folder / "blobs" / "not-yet")
    assert not model_cache.holds(*WHISPER)


@pytest.mark.parametrize("language", ["zh", None])
def test_a_language_that_nobody_hears_is_refused_naming_who_hears_what(cache: Path, language: str | None) -> None:
    fetched(cache, GIGAAM)
    router = local.speech(SpeechSettings(), 1)
    with pytest.raises(EngineRejected) as refused:
        Listener().hear(router, recording(quiet(1)), language)
    assert refused.value.code == "language_unsupported"
    for named in ("onnx:gigaam-v3-e2e-ctc hears ru", "pocketsphinx:en-us hears en", "ai-conspects[whisper]", "OPENAI"):
        assert named in refused.value.message


def test_the_router_delegates(cache: Path) -> None:
    fetched(cache, GIGAAM)
    router, listener = local.speech(SpeechSettings(), 1), Listener()
    assert isinstance(router, SpeechRouter)
    info = listener.hear(router, clip("jfk.m4a"), "en")
    assert info.notice is not None
    assert listener.segments


def test_an_engine_that_is_named_is_the_only_one(cache: Path, tmp_path: Path) -> None:
    fetched(cache, WHISPER, GIGAAM)
    for name, engine in (("onnx", "onnx:gigaam-v3-e2e-ctc"), ("faster-whisper", "faster-whisper:small")):
        settings = Settings(_env_file=None, speech=SpeechSettings(engine=name))
        assert build(settings, tmp_path).speech.name == engine


@pytest.mark.parametrize(("engine", "extra"), [("faster-whisper", "whisper"), ("onnx", "onnx")])
def test_a_missing_package_is_told_by_the_doctor_and_by_the_engine(
    monkeypatch: pytest.MonkeyPatch, engine: str, extra: str
) -> None:
    _install(monkeypatch, False)
    mend = f"pip install 'ai-conspects[{extra}]'"
    assert explained(engine=engine).mend == mend
    with pytest.raises(EngineMisconfigured) as raised:
        Listener().hear(local.speech(SpeechSettings.model_validate({"engine": engine}), 1), clip("jfk.m4a"), "ru")
    assert mend in raised.value.message


def test_the_reasons_name_engines_languages_and_settings(cache: Path) -> None:
    fetched(cache, GIGAAM)
    choice = explained(whisper_model="turbo")
    assert "ru by onnx:gigaam-v3-e2e-ctc" in choice.why
    assert "100 languages by faster-whisper:turbo (AI_CONSPECTS_SPEECH__WHISPER_MODEL is set)" in choice.why
    assert choice.mend == ""
