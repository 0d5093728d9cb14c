"""Whisper on this machine through faster-whisper (CTranslate2): every language that the model knows, words with times.

Utterances are joined into clips of half a minute, of which the model hears a few as a batch, and no more are in memory;
silence never reaches it. No text is carried from one clip to the next, so that an invention can't spread.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Lock
from typing import Any

from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected, EngineUnavailable
from ai_conspects.engines.speech_to_text import faster_whisper_model, language_tags
from ai_conspects.engines.speech_to_text.base import Pcm16k, Segment, TranscriptInfo, Vocabulary
from ai_conspects.engines.speech_to_text.clips import Clip, batches
from ai_conspects.engines.speech_to_text.doubts import over_music
from ai_conspects.engines.speech_to_text.faster_whisper_heard import segments
from ai_conspects.engines.speech_to_text.faster_whisper_hearing import detect, hear
from ai_conspects.engines.speech_to_text.utterances import stretches

_BATCH = {"cpu": 3, "cuda": 10}
"""Clips: a checkpoint follows each batch. With two a CPU takes 5 % longer; a GPU hears ten in a few seconds."""


class FasterWhisperEngine:
    """A `SpeechToText`. `model` is a name (`small`, `turbo`), a repository or a folder. Loads it at first use, once.

    A segment's confidence is `exp(avg_logprob)` of the clip in which it was heard: the geometric mean of the
    probabilities of its tokens; a word's is the mean of its tokens' when the text is aligned. `threads` of the CPU, 0:
    CTranslate2's default. Safe to share between threads.
    """

    def __init__(self, model: str, device: faster_whisper_model.Device = "auto", threads: int = 0) -> None:
        self.name = f"faster-whisper:{Path(model).name}"
        self._model, self._device, self._threads = model, device, threads
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
        """As `SpeechToText.transcribe`. The language is detected once, in the recording's first minute of speech, also
        where one is named: if another is plainly spoken, the notice says so.
        """
        whisper = self._whisper()
        code = self._code(whisper, language) if language else None
        able = whisper.model.is_multilingual
        told = self.detect_language(audio) if since_s and able else None
        for spoken, until_s in batches(stretches(audio.blocks(since_s), since_s), most=_BATCH[whisper.model.device]):
            if spoken:
                if code is None:
                    told = told or self._detected(whisper, spoken)
                    code = language_tags.for_whisper(told[0])
                odds: Counter[str] | None = Counter() if able and not told else None
                for segment in self._segments(whisper, spoken, code, vocabulary, odds):
                    on_segment(segment)
                told = told or _likeliest(odds)
            on_progress(until_s)
        if language:
            return TranscriptInfo(language, notice=told and language_tags.mistaken(language, *told))
        found, probability = told or (language_tags.UNDETERMINED, None)
        return TranscriptInfo(found, probability, language_tags.uncertain(found, probability))

    def detect_language(self, audio: Pcm16k) -> tuple[str, float] | None:
        """As `LanguageDetector.detect_language`."""
        spoken = _first_clips(audio)
        return self._detected(self._whisper(), spoken) if spoken else None

    def _whisper(self) -> Any:
        with self._lock:
            if self._loaded is None:
                self._loaded = faster_whisper_model.load(self.name, self._model, self._device, self._threads)
        return self._loaded

    def _code(self, whisper: Any, language: str) -> str:
        code = language_tags.for_whisper(language)
        if code not in whisper.supported_languages:
            known = ", ".join(sorted(map(language_tags.of_whisper, whisper.supported_languages)))
            said = f"The speech model {self.name} can't do the language “{language}”. It knows: {known}."
            raise EngineRejected(self.name, said, code="language_unsupported")
        return code

    def _detected(self, whisper: Any, spoken: Sequence[Clip]) -> tuple[str, float]:
        if not whisper.model.is_multilingual:
            said = f"The speech model {self.name} knows only English and can't tell which language is spoken: say “en”."
            raise EngineRejected(self.name, said, code="language_unsupported")
        with self._at_work():
            code, probability = detect(whisper, spoken)
        return language_tags.of_whisper(code), probability

    def _segments(
        self,
        whisper: Any,
        spoken: Sequence[Clip],
        code: str,
        vocabulary: Vocabulary | None,
        odds: Counter[str] | None,
    ) -> Sequence[Segment]:
        prompt = vocabulary.as_prompt if vocabulary else None
        with self._at_work():
            return [
                over_music(segment, heard.clip.utterances)
                for heard in hear(whisper, spoken, code, prompt, odds)
                for segment in segments(heard)
            ]

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """What CTranslate2 says about the machine, as an engine's error."""
        try:
            yield
        except RuntimeError as error:
            if "out of memory" in str(error):
                raise EngineUnavailable(self.name, "The GPU has no memory left for the speech model.") from None
            if "is not found or cannot be loaded" in str(error):
                missing = (
                    "CTranslate2 misses a library of CUDA: pip install nvidia-cublas-cu12 'nvidia-cudnn-cu12==9.*'"
                )
                raise EngineMisconfigured(self.name, f"{missing}, or set AI_CONSPECTS_SPEECH__DEVICE=cpu.") from None
            raise


def _likeliest(odds: Counter[str] | None) -> tuple[str, float] | None:
    """The tag of the language that is most probable in the mean of the clips, and how much so."""
    if not odds:
        return None
    [(code, weight)] = odds.most_common(1)
    return language_tags.of_whisper(code), weight / odds.total()


def _first_clips(audio: Pcm16k) -> list[Clip]:
    """The first speech of the whole recording: one that goes on from a checkpoint must find the same language."""
    return next((spoken for spoken, _ in batches(stretches(audio.blocks(), 0.0), most=_BATCH["cpu"]) if spoken), [])
