"""The engines that work on this machine, as the settings and what is installed allow. Imports no heavy package."""

from collections.abc import Sequence

from ai_conspects.core.engine_settings import SpeechSettings
from ai_conspects.engines.speech_to_text import faster_whisper_model, language_tags, model_cache, onnx_models
from ai_conspects.engines.speech_to_text.base import SpeechToText
from ai_conspects.engines.speech_to_text.faster_whisper import FasterWhisperEngine
from ai_conspects.engines.speech_to_text.onnx import OnnxEngine
from ai_conspects.engines.speech_to_text.pocketsphinx import PocketSphinxEngine
from ai_conspects.engines.speech_to_text.router import Candidate, SpeechRouter

_PREFIX = "AI_CONSPECTS_SPEECH__"
_CACHED = "its package is installed and its model is on this machine"
_NO_BETTER = "no better engine for it is at hand: it hears US English only, and roughly"
_EN = frozenset({"en"})


def candidates(group: SpeechSettings, threads: int) -> list[Candidate]:
    """The engine that is named; with `auto` all that are at hand, the best for a language first.

    A model for few languages goes before Whisper, which goes before PocketSphinx. `threads` for a recording, 0: the
    library's default.
    """
    named = f"{_PREFIX}ENGINE names it"
    if group.engine == "faster-whisper":
        return [_whisper(group, threads, named)]
    if group.engine == "onnx":
        return [_onnx(group, threads, named)]
    if group.engine == "pocketsphinx":
        return [_pocketsphinx(f"{named}: it hears US English only, and roughly")]
    found = []
    if group.onnx_model or group.onnx_folder:
        found.append(_onnx(group, threads, f"{_PREFIX}ONNX_{'MODEL' if group.onnx_model else 'FOLDER'} is set"))
    elif onnx_models.installed() and model_cache.holds(*onnx_models.DEFAULT_FILE[group.onnx_precision]):
        found.append(_onnx(group, threads, _CACHED))
    if group.whisper_model:
        found.append(_whisper(group, threads, f"{_PREFIX}WHISPER_MODEL is set"))
    elif faster_whisper_model.installed() and model_cache.holds(*faster_whisper_model.DEFAULT_FILE):
        found.append(_whisper(group, threads, _CACHED))
    if not any("en" in one.languages for one in found):
        found.append(_pocketsphinx(_NO_BETTER))
    return found


def speech(group: SpeechSettings, threads: int) -> SpeechToText:
    """The one candidate's engine, or a router among several."""
    found = candidates(group, threads)
    return found[0].engine if len(found) == 1 else SpeechRouter(found)


def explained(found: Sequence[Candidate]) -> tuple[str, str, str]:
    """Their kinds, why each is there and what it hears, and what must be done first, if anything."""
    told = [f"{_heard(one)} by {one.engine.name} ({one.why})" for one in found]
    return ", ".join(one.kind for one in found), "; ".join(told) + ".", "; ".join(one.mend for one in found if one.mend)


def _heard(candidate: Candidate) -> str:
    many = len(candidate.languages) > 30
    return f"{len(candidate.languages)} languages" if many else ", ".join(sorted(candidate.languages))


def _whisper(group: SpeechSettings, threads: int, why: str) -> Candidate:
    model = group.whisper_model or faster_whisper_model.DEFAULT
    english = model.endswith(".en")
    mend = "" if faster_whisper_model.installed() else faster_whisper_model.EXTRA
    engine = FasterWhisperEngine(model, group.device, threads)
    languages, detector = (_EN, None) if english else (language_tags.WHISPER, engine)
    return Candidate("faster-whisper", engine, languages, why, mend, detector)


def _onnx(group: SpeechSettings, threads: int, why: str) -> Candidate:
    model = group.onnx_model or onnx_models.DEFAULT
    known = onnx_models.MODELS.get(model)
    mend = "" if onnx_models.installed() else onnx_models.EXTRA
    if known is None:
        mend = f"set {_PREFIX}ONNX_MODEL to one of {', '.join(onnx_models.MODELS)}"
    engine = OnnxEngine(model, group.onnx_folder, "int8" if group.onnx_precision == "int8" else "", threads)
    return Candidate("onnx", engine, known.languages if known else frozenset(), why, mend)


def _pocketsphinx(why: str) -> Candidate:
    return Candidate("pocketsphinx", PocketSphinxEngine(), _EN, why)
