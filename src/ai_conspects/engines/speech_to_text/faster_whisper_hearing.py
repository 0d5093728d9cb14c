"""Has Whisper hear clips as a batch, and again those of which it made no good text.

What it isn't sure of, or repeats, is heard at higher temperatures; where it wrote nearly nothing (it may skip to the
last words of a clip), it is heard with times, which hold it to what comes first. Where it thinks that nobody speaks,
as over music, neither would help: that would take ten times as long and end as it began.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ai_conspects.engines.speech_to_text.base import SAMPLE_RATE
from ai_conspects.engines.speech_to_text.clips import Clip, Waveform
from ai_conspects.engines.speech_to_text.doubts import NO_SPEECH_ABOVE, REPETITIVE_ABOVE, UNLIKELY_BELOW
from ai_conspects.engines.speech_to_text.faster_whisper_heard import HeardClip, WhisperSegment

_FALLBACK = [0.2, 0.4, 0.6, 0.8, 1.0]
"""Whisper's own temperatures for a clip in which the most probable text is no good."""
_SLOWEST = 2.0
"""Characters a second of speech: below it, something was skipped (slow speech has six)."""
_LEAST_S = 5.0
"""Of a shorter clip, a word may be all."""
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


def hear(
    whisper: Any, clips: Sequence[Clip], code: str, prompt: str | None = None, odds: Counter[str] | None = None
) -> Iterator[HeardClip]:
    """The clips with their texts, in their order.

    `prompt` goes before each of them as Whisper's `initial_prompt`, of which it reads the end: half of its context.
    `hotwords` would take the other half, and leave no room for what is said. To `odds`, if asked for, each clip in
    which somebody speaks adds how probable each language is in it, by Whisper's codes, times its samples.
    """
    if not clips:
        return
    waveforms = [clip.samples for clip in clips]
    seeks, found = _batch(whisper, waveforms, code, prompt, odds)
    for first in found:
        place = bisect_right(seeks, first.seek) - 1
        clip, samples = clips[place], waveforms[place]
        heard = [HeardClip(clip, first, first.seek / whisper.frames_per_second)]
        is_speech = first.no_speech_prob <= NO_SPEECH_ABOVE
        if is_speech and _is_short(first.text, len(samples)):
            timed = [HeardClip(clip, text, 0.0) for text in _with_times(whisper, samples, code, prompt)]
            heard = max(heard, timed, key=lambda told: sum(len(one.text.text) for one in told))
        elif is_speech and not _is_good(first):
            second = _again(whisper, samples, code, prompt)
            if second is not None and (_is_good(second) or second.avg_logprob > first.avg_logprob):
                heard = [HeardClip(clip, second, 0.0)]
        yield from heard


def _batch(
    whisper: Any, waveforms: Sequence[Waveform], code: str, prompt: str | None, odds: Counter[str] | None
) -> tuple[list[int], list[Any]]:
    """The frame at which each clip begins among all, and what was written for them."""
    from faster_whisper import BatchedInferencePipeline

    pipeline = BatchedInferencePipeline(whisper)
    if odds is not None:
        _overhear(pipeline, waveforms, odds)
    ends = np.cumsum([len(samples) for samples in waveforms]).tolist()
    starts = [0, *ends[:-1]]
    bounds = [
        {"start": (start + 0.5) / SAMPLE_RATE, "end": (end + 0.5) / SAMPLE_RATE}  # faster-whisper cuts the fraction off
        for start, end in zip(starts, ends, strict=True)
    ]
    segments, _ = pipeline.transcribe(
        np.concatenate(waveforms),
        language=code,
        initial_prompt=prompt,
        clip_timestamps=bounds,
        batch_size=len(waveforms),
        **_MANNER,
    )
    return [int(start / SAMPLE_RATE * whisper.frames_per_second) for start in starts], list(segments)


def _overhear(pipeline: Any, waveforms: Sequence[Waveform], odds: Counter[str]) -> None:
    """Have it tell languages by what its encoder makes of the clips: a pass for that alone costs 17 times more."""
    generate, model = pipeline.generate_segment_batched, pipeline.model.model

    def generate_and_tell(*given: Any) -> tuple[Any, Any]:
        encoded, written = generate(*given)
        for samples, clip, languages in zip(waveforms, written, model.detect_language(encoded), strict=True):
            if clip["no_speech_prob"] <= NO_SPEECH_ABOVE:
                odds.update({token[2:-2]: probability * len(samples) for token, probability in languages})
        return encoded, written

    pipeline.generate_segment_batched = generate_and_tell


def _again(whisper: Any, samples: Waveform, code: str, prompt: str | None) -> WhisperSegment | None:
    """The clip by itself, in one pass: what Whisper writes for the rest after a last word is mostly invented.

    One sample at each temperature, not faster-whisper's best of five, which takes four times as long on a stutter.
    """
    segments, _ = whisper.transcribe(
        samples, language=code, initial_prompt=prompt, temperature=_FALLBACK, best_of=1, **_MANNER
    )
    heard: WhisperSegment | None = next(iter(segments), None)
    return heard


def _with_times(whisper: Any, samples: Waveform, code: str, prompt: str | None) -> list[WhisperSegment]:
    """The clip by itself, in segments whose times Whisper writes into the text."""
    manner = _MANNER | {"without_timestamps": False, "temperature": [0.0, *_FALLBACK]}
    segments, _ = whisper.transcribe(samples, language=code, initial_prompt=prompt, **manner)
    return list(segments)


def _is_short(text: str, samples: int) -> bool:
    """Whether so many samples of speech must have held more."""
    seconds = samples / SAMPLE_RATE
    return seconds >= _LEAST_S and len(text.strip()) < _SLOWEST * seconds


def _is_good(segment: WhisperSegment) -> bool:
    return segment.avg_logprob >= UNLIKELY_BELOW and segment.compression_ratio <= REPETITIVE_ABOVE
