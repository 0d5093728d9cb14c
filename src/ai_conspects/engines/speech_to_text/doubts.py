"""When a model's own figures say that what it wrote may not have been said. What the text says stands in `text`."""

from ai_conspects.text.doubts import Doubt

NO_SPEECH_ABOVE = 0.6
"""Whisper's own limit: above it, the model thinks that there is no speech."""
REPETITIVE_ABOVE = 2.4
"""Whisper's own limit: text that compresses better than this repeats itself."""
UNLIKELY_BELOW = -1.0
"""Whisper's own limit for the mean log-probability of its tokens: below it, the model guesses."""


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
