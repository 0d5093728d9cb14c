"""The speech engines that this machine can run as it is set up, each with its library alone, to compare with."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from ai_conspects.core.settings import Settings
from ai_conspects.engines import registry
from ai_conspects.engines.decoding.audio import DecodedAudio, DecodingLimits
from ai_conspects.engines.speech_to_text import local
from ai_conspects.engines.speech_to_text.base import SpeechToText
from ai_conspects.engines.speech_to_text.clips import waveform
from ai_conspects.engines.speech_to_text.faster_whisper import FasterWhisperEngine
from ai_conspects.engines.speech_to_text.language_tags import for_whisper
from ai_conspects.engines.speech_to_text.onnx import OnnxEngine
from ai_conspects.engines.speech_to_text.pocketsphinx import PocketSphinxEngine
from ai_conspects.engines.speech_to_text.utterances import Stretch, stretches

Bare = Callable[[Path, str], Callable[[], object]]
"""Makes ready what the library needs of a file, and of its language, and gives the call that has it hear that."""

LOCAL = ("onnx", "faster-whisper", "pocketsphinx")


@dataclass(frozen=True)
class Measurable:
    """An engine as the server builds it, and its library alone, None for a server somewhere else."""

    speech: SpeechToText
    bare: Bare | None


def at_hand(settings: Settings) -> tuple[list[Measurable], list[tuple[str, str]]]:
    """Those that can be measured, and the names of the others with the reason."""
    found: list[Measurable] = []
    skipped: list[tuple[str, str]] = []
    if settings.speech.base_url or registry.key_of(settings.speech, settings):
        found.append(Measurable(registry.speech_of(_with(settings, "openai")), None))
    else:
        skipped.append(("openai", "neither OPENAI_API_KEY nor AI_CONSPECTS_SPEECH__BASE_URL is set"))
    usable = {one.kind for one in local.candidates(_with(settings, "auto").speech, 0)} | {"pocketsphinx"}
    for kind in LOCAL:
        [choice] = local.candidates(_with(settings, kind).speech, 0)
        if choice.mend or kind not in usable:
            skipped.append(
                (kind, choice.mend or "no model is here (ai-conspects models pull, or AI_CONSPECTS_SPEECH__*)")
            )
        else:
            engine = registry.speech_of(_with(settings, kind))
            found.append(Measurable(engine, _bare(engine)))
    return found, skipped


def _with(settings: Settings, engine: str) -> Settings:
    return settings.model_copy(update={"speech": settings.speech.model_copy(update={"engine": engine})})


def _bare(engine: SpeechToText) -> Bare | None:
    if isinstance(engine, PocketSphinxEngine):
        return partial(_pocketsphinx, engine)
    if isinstance(engine, FasterWhisperEngine):
        return partial(_faster_whisper, engine)
    if isinstance(engine, OnnxEngine):
        return partial(_onnx, engine)
    return None


def _pocketsphinx(engine: PocketSphinxEngine, file: Path, language: str) -> Callable[[], object]:
    """The decoder on the utterances, cut beforehand: whole recordings it hears worse."""
    decoder: Any = engine._decoder
    spoken = [one.samples.tobytes() for one in _utterances(file)]

    def call() -> object:
        heard = []
        for samples in spoken:
            decoder.start_utt()
            decoder.process_raw(samples, full_utt=True)
            decoder.end_utt()
            heard.append([unit.word for unit in decoder.seg() or ()])
        return heard

    return call


def _faster_whisper(engine: FasterWhisperEngine, file: Path, language: str) -> Callable[[], object]:
    """faster-whisper's own batched pipeline on the file: it decodes it, and searches it for speech, by itself."""
    from faster_whisper import BatchedInferencePipeline

    pipeline = BatchedInferencePipeline(engine._whisper())
    code = for_whisper(language)

    def call() -> object:
        segments, _ = pipeline.transcribe(str(file), language=code, word_timestamps=True, batch_size=3)
        return list(segments)

    return call


def _onnx(engine: OnnxEngine, file: Path, language: str) -> Callable[[], object]:
    """onnx-asr on the utterances, cut beforehand: it hears half a minute at most."""
    recogniser = engine._recogniser()
    spoken = [waveform(one) for one in _utterances(file)]
    return lambda: [recogniser.recognize(samples) for samples in spoken]


def _utterances(file: Path) -> list[Stretch]:
    audio = DecodedAudio(file, DecodingLimits(max_seconds=3_600))
    return [stretch for stretch in stretches(audio.blocks(), 0.0) if stretch.speech]
