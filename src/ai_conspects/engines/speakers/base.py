"""Who speaks when: a label for each segment of a transcript. Who the people are is for a reader to say."""

from collections.abc import Sequence
from typing import Protocol

from ai_conspects.engines.speech_to_text.base import Pcm16k, Segment


class SpeakerSeparation(Protocol):
    """Separates the people of one recording; nobody is known from an earlier one. `name` tells engine and model."""

    name: str

    def separate(self, audio: Pcm16k, segments: Sequence[Segment]) -> list[str | None]:
        """A label for each segment: "S1", "S2" in order of appearance, None where it can't be told.

        Only the times of `segments` are read; a segment in which two people speak gets one label.
        Raises `EngineMisconfigured`, `EngineRejected`; whatever `audio` raises passes through.
        """
        ...
