"""When a model's own figures, or the sound, say that what it wrote may not have been said.

What the text itself says stands in `text`.
"""

from collections.abc import Iterable
from dataclasses import replace

from ai_conspects.engines.speech_to_text.base import Segment
from ai_conspects.engines.speech_to_text.music import Music
from ai_conspects.engines.speech_to_text.utterances import Stretch
from ai_conspects.text.doubts import Doubt

NO_SPEECH_ABOVE = 0.6
"""Whisper's own limit: above it, the model thinks that there is no speech."""
REPETITIVE_ABOVE = 2.4
"""Whisper's own limit: text that compresses better than this repeats itself."""
UNLIKELY_BELOW = -1.0
"""Whisper's own limit for the mean log-probability of its tokens: below it, the model guesses."""

SURE_FROM = 0.6
"""From this confidence on, a model heard words in what sounds like music: somebody speaks over it, or over a hum."""


def over_music(segment: Segment, heard: Iterable[Stretch], likely: Music = Music.PERHAPS) -> Segment:
    """The segment, flagged `music` where all that was heard in its time is so likely music and the model isn't sure.

    `Music.HARDLY` is for a model that is never sure: its confidence isn't asked.
    """
    below = [one for one in heard if one.speech and one.start_s < segment.end_s and one.end_s > segment.start_s]
    asked = likely is not Music.HARDLY and segment.confidence is not None
    sure = asked and (segment.confidence or 0.0) >= SURE_FROM
    if sure or not below or any(one.music < likely for one in below):
        return segment
    return replace(segment, flags=(*segment.flags, Doubt.MUSIC.value))


def flags(
    *, no_speech_prob: float | None, compression_ratio: float | None, avg_logprob: float | None
) -> tuple[str, ...]:
    """`no_speech`, `repetitive`, `unlikely`; a figure that isn't told raises no doubt."""
    doubts = {
        Doubt.NO_SPEECH: no_speech_prob is not None and no_speech_prob > NO_SPEECH_ABOVE,
        Doubt.REPETITIVE: compression_ratio is not None and compression_ratio > REPETITIVE_ABOVE,
        Doubt.UNLIKELY: avg_logprob is not None and avg_logprob < UNLIKELY_BELOW,
    }
    return tuple(name.value for name, doubted in doubts.items() if doubted)
