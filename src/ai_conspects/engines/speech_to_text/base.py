"""What every speech engine does: hear audio from a given second on, and tell each segment once it is sure of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import NotRequired, Protocol, TypedDict

from numpy import int16
from numpy.typing import NDArray

SAMPLE_RATE = 16_000

Block = NDArray[int16]
"""Mono samples at 16 kHz, shape `(n,)`."""


class Pcm16k(Protocol):
    """A recording, decoded as it is read; never the whole of it in memory."""

    def blocks(self, since_s: float = 0.0) -> Iterator[Block]:
        """The samples from that second on, in blocks of a second or so.

        Raises `EngineRejected` where the audio can't be decoded.
        """
        ...


@dataclass(frozen=True)
class Word:
    """A word and where it was said, in seconds of the recording. `confidence` is the engine's own, 0 to 1."""

    text: str
    start_s: float
    end_s: float
    confidence: float | None


@dataclass(frozen=True)
class Segment:
    """A stretch of speech, in seconds of the recording. `confidence` is 0 to 1, None where the engine has none."""

    start_s: float
    end_s: float
    text: str
    confidence: float | None
    words: tuple[Word, ...] = ()
    flags: tuple[str, ...] = ()
    speaker: str | None = None


@dataclass(frozen=True)
class TranscriptInfo:
    """`language` is a BCP 47 tag. `notice` is what a reader must know about this engine's result, if anything."""

    language: str
    language_probability: float | None = None
    notice: str | None = None


@dataclass(frozen=True)
class Vocabulary:
    """Names and terms that are likely to be said, and a sentence in the spelling that is wanted."""

    words: tuple[str, ...] = ()
    prompt: str = ""

    def __bool__(self) -> bool:
        return bool(self.words or self.prompt)

    @property
    def as_prompt(self) -> str:
        """Both as the text before the recording, for models that go on from one; the words last, for these read the end
        of what is too long for them."""
        return " ".join(part for part in (self.prompt.strip(), ", ".join(self.words)) if part)


class Listening(TypedDict):
    """What `SpeechToText.transcribe` takes beside the audio and its language, for engines that hand it on."""

    since_s: float
    on_segment: Callable[[Segment], None]
    on_progress: Callable[[float], None]
    vocabulary: NotRequired[Vocabulary | None]


class SpeechToText(Protocol):
    """A speech engine. `name` tells engine and model, as a transcript shows it: `openai:whisper-1`."""

    name: str

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
        """Hear `audio` from `since_s` on. `language` is a BCP 47 tag, None to detect.

        `vocabulary` is a hint; an engine that takes none ignores it.

        `on_segment` gets each finished segment in order; `on_progress` the second up to which everything has been heard
        and told (a place from which a later call may go on). Silence gives no segment.

        Raises `EngineUnavailable`, `EngineRejected` (among others for a language that this engine can't do, naming what
        can), `EngineMisconfigured`; whatever the callbacks raise passes through.
        """
        ...


class LanguageDetector(Protocol):
    """A speech engine that can tell which language is spoken."""

    def detect_language(self, audio: Pcm16k) -> tuple[str, float] | None:
        """The BCP 47 tag and how probable it is, by the first minute of speech; None where nobody speaks.

        Raises as `SpeechToText.transcribe`.
        """
        ...
