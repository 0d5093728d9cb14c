"""Speech models in ONNX on this machine through onnx-asr: GigaAM for Russian, Parakeet, Canary, Whisper, Vosk, T-one.

These models hear half a minute at most, so each utterance is heard by itself; where nobody speaks, nothing is.
"""

from collections.abc import Callable
from threading import Lock
from typing import Any

from ai_conspects.engines.errors import EngineError, EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.speech_to_text import language_tags, onnx_models
from ai_conspects.engines.speech_to_text.base import Pcm16k, Segment, TranscriptInfo, Vocabulary
from ai_conspects.engines.speech_to_text.clips import waveform
from ai_conspects.engines.speech_to_text.doubts import over_music
from ai_conspects.engines.speech_to_text.onnx_heard import segment
from ai_conspects.engines.speech_to_text.utterances import stretches


class OnnxEngine:
    """A `SpeechToText`. `model` is one of `onnx_models.MODELS`; its files come from `folder`, if one is named.

    A word's confidence is the geometric mean of the probabilities of its tokens, a segment's that of all its tokens;
    None for models that tell none (Whisper). The model is loaded at first use, once. Safe to share between threads.
    `quantization` is a suffix of the model's files: `int8`, or empty.
    """

    def __init__(self, model: str, folder: str = "", quantization: str = "", threads: int = 0) -> None:
        self.name = f"onnx:{model.rpartition('/')[2]}"
        self._model, self._folder, self._quantization, self._threads = model, folder, quantization, threads
        self._lock = Lock()
        self._loaded: Any = None

    def transcribe(
        self,
        audio: Pcm16k,
        *,
        language: str | None,
        since_s: float,
        on_segment: Callable[[Segment], None],
        on_progress: Callable[[float], None],
        vocabulary: Vocabulary | None = None,
    ) -> TranscriptInfo:
        """As `SpeechToText.transcribe`. Raises `EngineRejected` (`language_unsupported`) for a language it can't do."""
        model = self._known()
        spoken = self._spoken(model, language)
        recogniser = self._recogniser()
        options = {"language": language_tags.for_whisper(spoken)} if model.asks else {}
        for stretch in stretches(audio.blocks(since_s), since_s):
            if stretch.speech:
                heard = segment(recogniser.recognize(waveform(stretch), **options), stretch.start_s, stretch.end_s)
                if heard:
                    on_segment(over_music(heard, [stretch]))
            on_progress(stretch.end_s)
        return TranscriptInfo(spoken)

    def fetch(self) -> None:
        """Download what is missing, with onnx-asr's own progress bars. Raises as `transcribe`."""
        self._known()
        self._recogniser()

    def _known(self) -> onnx_models.OnnxModel:
        known = onnx_models.MODELS.get(self._model)
        if known is None:
            said = f"There is no ONNX speech model “{self._model}”: AI_CONSPECTS_SPEECH__ONNX_MODEL is one of "
            raise EngineMisconfigured(self.name, said + ", ".join(onnx_models.MODELS) + ".")
        return known

    def _spoken(self, model: onnx_models.OnnxModel, language: str | None) -> str:
        """The language, which a model with a single one needn't be told."""
        if language is None and len(model.languages) == 1:
            said = f"The speech model {self.name} can't tell which language is spoken: "
            raise EngineRejected(self.name, said + f"say that it is “{_listed(model)}”.", code="language_unsupported")
        if language is None or language_tags.primary(language) not in model.languages:
            asked = f"do the language “{language}”" if language else "tell which language is spoken"
            said = f"The speech model {self.name} can't {asked}. It knows: {_listed(model)}."
            raise EngineRejected(self.name, said, code="language_unsupported")
        return language

    def _recogniser(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
        return self._loaded

    def _load(self) -> Any:
        if not onnx_models.installed():
            raise EngineMisconfigured(self.name, f"The package onnx-asr is not installed: {onnx_models.EXTRA}")
        import onnx_asr
        import onnxruntime
        from onnx_asr.utils import ModelLoadingError

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        try:
            model = onnx_asr.load_model(
                self._model, self._folder or None, quantization=self._quantization or None, sess_options=options
            )
        except OSError as error:
            if isinstance(error, ModelLoadingError):
                raise self._unloaded(error) from None
            raise self._missing() from None
        except Exception as error:  # onnxruntime's errors have nothing in common but this
            raise self._unloaded(error) from None
        return model.with_timestamps()

    def _missing(self) -> EngineError:
        from huggingface_hub import is_offline_mode

        missing = f"The speech model {self.name} is not on this machine"
        if is_offline_mode():
            said = f"{missing}, and HF_HUB_OFFLINE forbids to download it."
            return EngineMisconfigured(self.name, f"{said} {self._mend()}")
        return EngineUnavailable(self.name, f"{missing}, and it could not be fetched. {self._mend()}")

    def _unloaded(self, error: Exception) -> EngineMisconfigured:
        where = "its folder" if self._folder else "the cache"
        said = f"The speech model {self.name} can't be loaded from {where} ({type(error).__name__})."
        return EngineMisconfigured(self.name, f"{said} {self._mend()}")

    def _mend(self) -> str:
        return (
            f"Download it with `ai-conspects models pull {self._model}` where there is a network, or set "
            "AI_CONSPECTS_SPEECH__ONNX_FOLDER to the folder that holds its files."
        )


def _listed(model: onnx_models.OnnxModel) -> str:
    return ", ".join(sorted(model.languages))
