"""Tells the speakers of a transcript apart once all of it is heard, where a model for it is configured.

The transcript stands without it: whatever goes wrong here becomes a notice.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import structlog

from ai_conspects.engines.speech_to_text.base import Block, Pcm16k, Segment
from ai_conspects.models import Segment as SegmentRow
from ai_conspects.pipeline.step import Hands

NOT_TOLD = "The speakers could not be told apart; the server's log says why."

log = structlog.get_logger()


@dataclass(frozen=True)
class Speakers:
    """A label for each of the transcript's segments, in their order; none where nobody asked or it went wrong."""

    labels: tuple[str | None, ...] = ()
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
        return Speakers(tuple(engine.separate(watched, segments)))
    except Exception as error:  # a transcript is worth more than its labels, whatever breaks
        if error is watched.stopped:
            raise
        log.warning("speakers.not_told", engine=engine.name, error=type(error).__name__, reason=str(error))
        return Speakers(notice=NOT_TOLD)


def label(rows: Sequence[SegmentRow], speakers: Speakers) -> None:
    """Write the labels into the transcript's rows, all of them. A name that the speech engine gave stays.

    Rows are matched by their order: cleaning moves where they begin. Labels of another number of rows are of no use.
    """
    if len(rows) == len(speakers.labels):
        for row, name in zip(rows, speakers.labels, strict=True):
            row.speaker = row.speaker or name


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
