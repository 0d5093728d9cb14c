"""A speech engine that hears what the test says it hears, and fails where the test says it fails."""

from collections.abc import Callable
from dataclasses import dataclass, field

from ai_conspects.engines.speech_to_text.base import Pcm16k, Segment, TranscriptInfo, Vocabulary

LECTURE = (
    "Нейронная сеть учится на примерах.",
    "Каждый нейрон складывает взвешенные входы и применяет функцию активации.",
    "Обучение нейронной сети идёт методом обратного распространения ошибки.",
    "Градиентный спуск меняет веса в сторону уменьшения ошибки.",
    "Переобучение нейронной сети лечат регуляризацией и новыми данными.",
)


def spoken(*sentences: str, seconds_each: float = 2.0, confidence: float = 0.8) -> list[Segment]:
    """The sentences one after the other, each as long as the others."""
    return [Segment(at * seconds_each, (at + 1) * seconds_each, text, confidence) for at, text in enumerate(sentences)]


@dataclass
class ScriptedSpeech:
    """`before(segment)` is called before each segment is told, and may raise; `since_s`, `languages` and
    `vocabularies` note where calls began, in which language, and with what words.
    """

    segments: list[Segment]
    before: Callable[[Segment], None] = lambda _: None
    language: str = "ru"
    name: str = "scripted"
    since_s: list[float] = field(default_factory=list)
    languages: list[str | None] = field(default_factory=list)
    vocabularies: list[Vocabulary | None] = field(default_factory=list)

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
        self.since_s.append(since_s)
        self.languages.append(language)
        self.vocabularies.append(vocabulary)
        for segment in self.segments:
            if segment.start_s >= since_s:
                self.before(segment)
                on_segment(segment)
                on_progress(segment.end_s)
        return TranscriptInfo(self.language)
