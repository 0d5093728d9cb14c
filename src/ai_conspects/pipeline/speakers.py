"""Tells the speakers of a transcript apart once all of it is heard, where a model for it is configured.

The transcript stands without it: whatever goes wrong here becomes a notice.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from ai_conspects.engines.speech_to_text.base import Block, Pcm16k, Segment
from ai_conspects.models import Segment as SegmentRow
from ai_conspects.pipeline.step import Hands

NOT_TOLD = "The speakers could not be told apart; the server's log says why."

log = structlog.get_logger()


@dataclass(frozen=True)
class Speakers:
    """A label by where a segment begins and ends, in seconds; none where nobody asked or it went wrong."""

    labels: Mapping[tuple[float | None, float | None], str | None] = field(default_factory=dict)
    notice: str | None = None


def spans(said: Iterable[SegmentRow | Segment]) -> tuple[Segment, ...]:
    """When something was said, without the words: an hour of them is held until all is heard."""
    return tuple(Segment(one.start_s or 0.0, one.end_s or 0.0, "", None) for one in said)


def told_apart(hands: Hands, audio: Pcm16k, segments: Sequence[Segment]) -> Speakers:
    """Who speaks in each of the transcript's segments. Raises only what asks the step to stop."""
    engine = hands.engines.speakers
    if engine is None or not segments:
        return Speakers()
    watched = _Watched(audio, hands)
    try:
        labels = engine.separate(watched, segments)
        return Speakers({(one.start_s, one.end_s): name for one, name in zip(segments, labels, strict=True)})
    except Exception as error:  # a transcript is worth more than its labels, whatever breaks
        if error is watched.stopped:
            raise
        log.warning("speakers.not_told", engine=engine.name, error=type(error).__name__, reason=str(error))
        return Speakers(notice=NOT_TOLD)


def label(rows: Iterable[SegmentRow], speakers: Speakers) -> None:
    """Write the labels into the transcript's rows. A name that the speech engine gave stays."""
    for row in rows:
        row.speaker = row.speaker or speakers.labels.get((row.start_s, row.end_s))


@dataclass
class _Watched:
    """The audio; a worker that must stop is told so while it is read, and `stopped` is how."""

    audio: Pcm16k
    hands: Hands
    stopped: Exception | None = None

    def blocks(self, since_s: float = 0.0) -> Iterator[Block]:
        for block in self.audio.blocks(since_s):
            try:
                self.hands.report(1.0)
            except Exception as stopped:
                self.stopped = stopped
                raise
            yield block
