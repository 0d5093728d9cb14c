"""How a transcription server is asked: for words with times, for segments, for who speaks when, or for the text alone.

Which of them a model takes is known of OpenAI's own (https://platform.openai.com/docs/guides/speech-to-text); with any
other it is tried, from what tells most down.
"""

import re
from enum import StrEnum
from typing import Any

_SPEAKERS_ONLY = re.compile(r"(^|/)gpt-.*transcribe-diarize")
_TEXT_ONLY = re.compile(r"(^|/)gpt-.*transcribe")


class Manner(StrEnum):
    """A way to ask."""

    WORDS = "words"
    SEGMENTS = "segments"
    SPEAKERS = "speakers"
    TEXT = "text"

    @classmethod
    def first_for(cls, model: str) -> "Manner":
        """The one that tells most, of those that a model may take."""
        if _SPEAKERS_ONLY.search(model):
            return cls.SPEAKERS
        return cls.TEXT if _TEXT_ONLY.search(model) else cls.WORDS

    @property
    def plainer(self) -> "Manner":
        """What to try where this one is refused."""
        return Manner.SEGMENTS if self is Manner.WORDS else Manner.TEXT

    @property
    def takes_prompt(self) -> bool:
        """Whether names and terms may go along."""
        return self is not Manner.SPEAKERS

    @property
    def fields(self) -> dict[str, Any]:
        """The part of the request that depends on it."""
        match self:
            case Manner.WORDS:
                return {"response_format": "verbose_json", "timestamp_granularities": ["word", "segment"]}
            case Manner.SEGMENTS:
                return {"response_format": "verbose_json"}
            case Manner.SPEAKERS:
                return {"response_format": "diarized_json", "chunking_strategy": "auto"}
            case Manner.TEXT:
                return {"response_format": "json"}
