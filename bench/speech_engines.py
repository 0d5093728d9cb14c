"""The speech engines that this machine can run as it is set up, each with its library alone, to compare with."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ai_conspects.core.settings import Settings
from ai_conspects.engines import registry
from ai_conspects.engines.speech_to_text import local
from ai_conspects.engines.speech_to_text.base import Pcm16k, SpeechToText
from ai_conspects.engines.speech_to_text.clips import waveform
from ai_conspects.engines.speech_to_text.faster_whisper import FasterWhisperEngine
from ai_conspects.engines.speech_to_text.language_tags import for_whisper
from ai_conspects.engines.speech_to_text.onnx import OnnxEngine
from ai_conspects.engines.speech_to_text.pocketsphinx import PocketSphinxEngine
from ai_conspects.engines.speech_to_text.utterances import stretches

Bare = Callable[[Pcm16k, str], Callable[[], object]]
"""Makes ready what the library needs of a recording, and gives the call that has it hear that."""

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
        return lambda audio, _: _pocketsphinx(engine, audio)
    if isinstance(engine, FasterWhisperEngine):
        return lambda audio, language: _faster_whisper(engine, audio, language)
    if isinstance(engine, OnnxEngine):
        return lambda audio, language: _onnx(engine, audio)
    return None


def _pocketsphinx(engine: PocketSphinxEngine, audio: Pcm16k) -> Callable[[], object]:
    """The decoder on the utterances, cut beforehand: whole recordings it hears worse."""
    decoder: Any = engine._decoder
    spoken = [one.samples.tobytes() for one in stretches(audio.blocks(), 0.0) if one.speech]

    def call() -> object:
        heard = []
        for samples in spoken:
            decoder.start_utt()
            decoder.process_raw(samples, full_utt=True)
            decoder.end_utt()
            heard.append([unit.word for unit in decoder.seg() or ()])
        return heard

    return call


def _faster_whisper(engine: FasterWhisperEngine, audio: Pcm16k, language: str) -> Callable[[], object]:
    """faster-whisper's own batched pipeline on the whole recording, with its own search for speech."""
    from faster_whisper import BatchedInferencePipeline

    samples = np.concatenate(list(audio.blocks())).astype(np.float32) / 32_768
    pipeline = BatchedInferencePipeline(engine._whisper())

    def call() -> object:
        segments, _ = pipeline.transcribe(samples, language=for_whisper(language), word_timestamps=True, batch_size=3)
        return list(segments)

    return call


def _onnx(engine: OnnxEngine, audio: Pcm16k) -> Callable[[], object]:
    """onnx-asr on the utterances, cut beforehand: it hears half a minute at most."""
    recogniser = engine._recogniser()
    spoken = [waveform(one) for one in stretches(audio.blocks(), 0.0) if one.speech]
    return lambda: [recogniser.recognize(samples) for samples in spoken]
