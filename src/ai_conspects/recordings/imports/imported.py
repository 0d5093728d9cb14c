"""What a transcript from elsewhere says, whatever its format was."""

from dataclasses import dataclass
from typing import Literal

from ai_conspects.engines.speech_to_text.base import Word
from ai_conspects.recordings.errors import InvalidTranscript
from ai_conspects.recordings.schemas import LONGEST_S

Format = Literal["srt", "vtt", "txt", "json"]

MOST_SEGMENTS = 50_000
MOST_CHARACTERS = 1_500_000
"""A day of fast speech; its analysis takes minutes."""
LONGEST_SPEAKER = 64


@dataclass(frozen=True)
class ImportedSegment:
    """A segment, as a speech engine would have told it, but that its times may not be known."""

    start_s: float | None
    end_s: float | None
    text: str
    confidence: float | None = None
    words: tuple[Word, ...] = ()
    flags: tuple[str, ...] = ()
    speaker: str | None = None


@dataclass(frozen=True)
class ImportedTranscript:
    """Segments in their order. `language` is a BCP 47 tag, None where the file doesn't say. All have times, or none."""

    format: Format
    segments: tuple[ImportedSegment, ...]
    language: str | None = None

    @property
    def has_times(self) -> bool:
        return self.segments[0].start_s is not None

    @property
    def end_s(self) -> float:
        """Where the last of it ends, 0 without times."""
        return max((segment.end_s or 0.0 for segment in self.segments), default=0.0)


def checked(transcript: ImportedTranscript) -> ImportedTranscript:
    """The transcript, if there is something in it and not too much. Raises `InvalidTranscript`."""
    segments = transcript.segments
    if not segments:
        raise InvalidTranscript("it says nothing")
    if len(segments) > MOST_SEGMENTS:
        raise InvalidTranscript(f"it has more than {MOST_SEGMENTS} segments")
    if sum(len(segment.text) for segment in segments) > MOST_CHARACTERS:
        raise InvalidTranscript(f"it says more than {MOST_CHARACTERS} characters")
    return transcript


def checked_times(start_s: float, end_s: float, where: int | str) -> tuple[float, float]:
    """The times, if they can be so. Raises `InvalidTranscript`."""
    if end_s < start_s:
        raise InvalidTranscript("it ends before it begins", where)
    if end_s > LONGEST_S:
        raise InvalidTranscript(f"it ends after {LONGEST_S / 3600:.0f} hours", where)
    return start_s, end_s
