"""Gives each recording to the engine for its language, among those that are at hand."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Unpack

import structlog

from ai_conspects.engines.errors import EngineError, EngineRejected
from ai_conspects.engines.speech_to_text.advice import REAL_ENGINES
from ai_conspects.engines.speech_to_text.base import (
    LanguageDetector,
    Listening,
    Pcm16k,
    Segment,
    SpeechToText,
    TranscriptInfo,
)
from ai_conspects.engines.speech_to_text.doubts import SURE_FROM
from ai_conspects.engines.speech_to_text.language_tags import (
    CERTAIN,
    for_whisper,
    mistaken,
    of_whisper,
    primary,
    uncertain,
)

log = structlog.get_logger()


@dataclass(frozen=True)
class Candidate:
    """An engine, what it hears, and why it is here, in a sentence. `detector` is the same if it can tell the language.

    `mend` says what the operator must do before it can work, empty where it can.
    """

    kind: str
    engine: SpeechToText
    languages: frozenset[str]
    why: str
    mend: str = ""
    detector: LanguageDetector | None = None


class SpeechRouter:
    """A `SpeechToText` that has others do the work: for each language the first candidate that hears it."""

    name = "auto"

    def __init__(self, candidates: Sequence[Candidate]) -> None:
        self.candidates = tuple(candidates)

    def for_recording(self, language: str | None, audio: Pcm16k) -> SpeechToText:
        """The engine for a BCP 47 tag; with None, the language is detected first, and handed on to the one for it.

        Where that engine can't tell languages and another can, it is asked about what was heard badly.

        Raises `EngineRejected` (`language_unsupported`), naming what can be heard here and how to hear more.
        """
        if language is None:
            return self._detected(audio)
        chosen = self._for(language)
        for one in self.candidates:
            if one.detector and not chosen.detector:
                return _Checked(chosen.engine.name, chosen.engine, one.detector)
        return chosen.engine

    def transcribe(self, audio: Pcm16k, *, language: str | None, **how: Unpack[Listening]) -> TranscriptInfo:
        """As `SpeechToText.transcribe`, by the engine for that language."""
        return self.for_recording(language, audio).transcribe(audio, language=language, **how)

    def _for(self, language: str) -> Candidate:
        chosen = next((one for one in self.candidates if _hears(one, language)), None)
        if chosen is None:
            raise EngineRejected("speech", self._refusal(language), code="language_unsupported")
        log.info("speech.engine_chosen", engine=chosen.engine.name, language=language, why=chosen.why)
        return chosen

    def _detected(self, audio: Pcm16k) -> SpeechToText:
        able = ((one.engine, one.detector) for one in self.candidates if one.detector)
        engine, detector = next(able, (None, None))
        if engine is None or detector is None:
            raise EngineRejected("speech", self._refusal(None), code="language_unsupported")
        told = detector.detect_language(audio)
        if told is None:
            return engine
        language, probability = told
        log.info("speech.language_detected", engine=engine.name, language=language, probability=probability)
        better = self._for(language).engine if probability >= CERTAIN else engine
        notice = uncertain(language, probability)
        if better is not engine:
            notice = f"{engine.name} took the language for “{language}” ({probability:.0%}), so {better.name} heard it."
        return _Told(better.name, better, language, probability, notice)

    def _refusal(self, language: str | None) -> str:
        asked = f"can do the language “{language}”" if language else "can tell which language is spoken"
        able = "; ".join(f"{one.engine.name} hears {', '.join(sorted(one.languages))}" for one in self.candidates)
        return f"No speech engine here {asked} ({able}). To transcribe it, {REAL_ENGINES}."


@dataclass
class _Told:
    """An engine, told the language that was detected; what it says of the recording has that in it."""

    name: str
    engine: SpeechToText
    language: str
    probability: float
    notice: str | None

    def transcribe(self, audio: Pcm16k, *, language: str | None, **how: Unpack[Listening]) -> TranscriptInfo:
        info = self.engine.transcribe(audio, language=language or self.language, **how)
        return replace(info, language_probability=self.probability, notice=_joined(self.notice, info.notice))


@dataclass
class _Checked:
    """An engine that can't tell languages, and one that can, which is asked where less than half was heard surely."""

    name: str
    engine: SpeechToText
    detector: LanguageDetector

    def transcribe(self, audio: Pcm16k, *, language: str | None, **how: Unpack[Listening]) -> TranscriptInfo:
        sure: list[bool] = []
        tell = how["on_segment"]

        def hear(segment: Segment) -> None:
            sure.append(not segment.flags and (segment.confidence or 0.0) >= SURE_FROM)
            tell(segment)

        how["on_segment"] = hear
        info = self.engine.transcribe(audio, language=language, **how)
        told = self._told(audio) if sum(sure) * 2 <= len(sure) else None
        return replace(info, notice=_joined(info.notice, told and mistaken(info.language, *told)))

    def _told(self, audio: Pcm16k) -> tuple[str, float] | None:
        try:
            return self.detector.detect_language(audio)
        except EngineError as error:  # what was heard stands without it
            log.warning("speech.language_not_checked", engine=self.name, error=str(error))
            return None


def _joined(*notices: str | None) -> str | None:
    return " ".join(notice for notice in notices if notice) or None


def engine_for(speech: SpeechToText, language: str | None, audio: Pcm16k) -> SpeechToText:
    """The engine that will do the work, whose name belongs on the transcript."""
    return speech.for_recording(language, audio) if isinstance(speech, SpeechRouter) else speech


def _hears(candidate: Candidate, language: str) -> bool:
    return bool({primary(language), of_whisper(for_whisper(language))} & candidate.languages)
