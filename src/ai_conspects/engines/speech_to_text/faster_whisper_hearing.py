"""Has Whisper hear clips as a batch, and again, at higher temperatures, those of which it made no good text."""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE
from ai_conspects.engines.speech_to_text.clips import Clip, Waveform
from ai_conspects.engines.speech_to_text.doubts import REPETITIVE_ABOVE, UNLIKELY_BELOW
from ai_conspects.engines.speech_to_text.faster_whisper_heard import HeardClip, WhisperSegment

_FALLBACK = [0.2, 0.4, 0.6, 0.8, 1.0]
"""Whisper's own temperatures for a clip in which the most probable text is no good."""
_MANNER = {
    "without_timestamps": True,  # in a batch, what follows the last timestamp would be lost
    "word_timestamps": True,
    "condition_on_previous_text": False,
    "no_speech_threshold": None,  # what is doubtful is flagged, not dropped
    "vad_filter": False,
}


def detect(whisper: Any, clips: Sequence[Clip]) -> tuple[str, float]:
    """Whisper's code of the language in the first minute of these, and how probable it is."""
    first = clips[:2]
    samples = np.concatenate([clip.samples for clip in first])
    code, probability, _ = whisper.detect_language(audio=samples, language_detection_segments=len(first))
    return code, float(probability)


def hear(whisper: Any, clips: Sequence[Clip], code: str, prompt: str | None = None) -> Iterator[HeardClip]:
    """The clips with their texts, in their order.

    `prompt` goes before each of them as Whisper's `initial_prompt`, of which it reads the end: half of its context.
    `hotwords` would take the other half, and leave no room for what is said.
    """
    if not clips:
        return
    waveforms = [clip.samples for clip in clips]
    seeks, found = _batch(whisper, waveforms, code, prompt)
    for first in found:
        place = bisect_right(seeks, first.seek) - 1
        second = None if _is_good(first) else _again(whisper, waveforms[place], code, prompt)
        if second is not None and (_is_good(second) or second.avg_logprob > first.avg_logprob):
            yield HeardClip(clips[place], second, offset_s=0.0)
        else:
            yield HeardClip(clips[place], first, first.seek / whisper.frames_per_second)


def _batch(whisper: Any, waveforms: Sequence[Waveform], code: str, prompt: str | None) -> tuple[list[int], list[Any]]:
    """The frame at which each clip begins among all, and what was written for them."""
    from faster_whisper import BatchedInferencePipeline

    ends = np.cumsum([len(samples) for samples in waveforms]).tolist()
    starts = [0, *ends[:-1]]
    bounds = [
        {"start": (start + 0.5) / SAMPLE_RATE, "end": (end + 0.5) / SAMPLE_RATE}  # faster-whisper cuts the fraction off
        for start, end in zip(starts, ends, strict=True)
    ]
    segments, _ = BatchedInferencePipeline(whisper).transcribe(
        np.concatenate(waveforms),
        language=code,
        initial_prompt=prompt,
        clip_timestamps=bounds,
        batch_size=len(waveforms),
        **_MANNER,
    )
    return [int(start / SAMPLE_RATE * whisper.frames_per_second) for start in starts], list(segments)


def _again(whisper: Any, samples: Waveform, code: str, prompt: str | None) -> WhisperSegment | None:
    """The clip by itself, in one pass: what Whisper writes for the rest after a last word is mostly invented."""
    segments, _ = whisper.transcribe(samples, language=code, initial_prompt=prompt, temperature=_FALLBACK, **_MANNER)
    heard: WhisperSegment | None = next(iter(segments), None)
    return heard


def _is_good(segment: WhisperSegment) -> bool:
    return segment.avg_logprob >= UNLIKELY_BELOW and segment.compression_ratio <= REPETITIVE_ABOVE
