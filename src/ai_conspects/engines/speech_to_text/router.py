"""Gives each recording to the engine for its language, among those that are at hand."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.speech_to_text.advice import REAL_ENGINES
from ai_conspects.engines.speech_to_text.base import Pcm16k, Segment, SpeechToText, TranscriptInfo, Vocabulary
from ai_conspects.engines.speech_to_text.language_tags import for_whisper, of_whisper, primary

log = structlog.get_logger()


@dataclass(frozen=True)
class Candidate:
    """An engine, what it hears, and why it is here, in a sentence. `detects`: it can tell which language is spoken.

    `mend` says what the operator must do before it can work, empty where it can.
    """

    kind: str
    engine: SpeechToText
    languages: frozenset[str]
    detects: bool
    why: str
    mend: str = ""


class SpeechRouter:
    """A `SpeechToText` that has others do the work: for each language the first candidate that hears it."""

    name = "auto"

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = tuple(candidates)

    def for_language(self, language: str | None) -> SpeechToText:
        """The engine for a BCP 47 tag; None wants one that tells the language by itself.

        Raises `EngineRejected` (`language_unsupported`), naming what can be heard here and how to hear more.
        """
        able = (one for one in self.candidates if (one.detects if language is None else _hears(one, language)))
        chosen = next(able, None)
        if chosen is None:
            raise EngineRejected("speech", self._refusal(language), code="language_unsupported")
        log.info("speech.engine_chosen", engine=chosen.engine.name, language=language, why=chosen.why)
        return chosen.engine

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
        """As `SpeechToText.transcribe`, by the engine for that language."""
        engine = self.for_language(language)
        return engine.transcribe(
            audio,
            language=language,
            since_s=since_s,
            on_segment=on_segment,
            on_progress=on_progress,
            vocabulary=vocabulary,
        )

    def _refusal(self, language: str | None) -> str:
        asked = f"can do the language “{language}”" if language else "can tell which language is spoken"
        able = "; ".join(f"{one.engine.name} hears {', '.join(sorted(one.languages))}" for one in self.candidates)
        return f"No speech engine here {asked} ({able}). To transcribe it, {REAL_ENGINES}."


def engine_for(speech: SpeechToText, language: str | None) -> SpeechToText:
    """The engine that will do the work, whose name belongs on the transcript."""
    return speech.for_language(language) if isinstance(speech, SpeechRouter) else speech


def _hears(candidate: Candidate, language: str) -> bool:
    return bool({primary(language), of_whisper(for_whisper(language))} & candidate.languages)
