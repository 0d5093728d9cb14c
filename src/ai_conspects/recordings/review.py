"""Looks over segments as they are written: cleans them, keeping the raw text, and flags what is to be doubted."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from ai_conspects.models import Segment, Transcript
from ai_conspects.text.cleaning import Piece, doubled, spaced, without_beginning
from ai_conspects.text.doubts import Doubt, doubts

NEIGHBOURS = 12
"""Segments before the new ones that are looked at again: four rounds of the longest loop that is looked for."""


def latest(session: Session, transcript: Transcript) -> list[Segment]:
    """The last segments of a transcript, in their order."""
    rows = select(Segment).where(Segment.transcript_id == transcript.id).order_by(Segment.position.desc())
    return list(reversed(session.scalars(rows.limit(NEIGHBOURS)).all()))


def look_over(known: Sequence[Segment], new: Sequence[Segment], *, until_s: float) -> None:
    """Clean the new segments, which follow the known ones, and flag all of them by what has become known.

    Flags are only ever added. `until_s` is the second up to which everything has been heard.
    """
    before = known[-1] if known else None
    for row in new:
        _clean(row, before)
        before = row
    rows = [*known, *new]
    since_s = rows[0].start_s or 0.0 if known else 0.0  # of what stands before the known ones nothing is known
    for row, flags in zip(rows, doubts(rows, since_s=since_s, until_s=until_s), strict=True):
        if flags != tuple(row.flags):
            row.flags = list(flags)


def _clean(row: Segment, before: Segment | None) -> None:
    """A segment without times is as somebody wrote it, and stays."""
    if row.start_s is None or row.end_s is None:
        return
    raw = row.text
    row.text = spaced(raw)
    count = doubled(_piece(before), _piece(row)) if before is not None and before.end_s is not None else 0
    if count == len(row.text.split()):
        row.flags = [*row.flags, Doubt.REPETITIVE.value] if count else row.flags
    elif count:
        _take_off(row, count, before_s=before.end_s if before is not None else None)
    if row.text != raw.strip():
        row.raw_text = raw


def _take_off(row: Segment, count: int, before_s: float | None) -> None:
    """Without its first words, and beginning where the next one does."""
    row.words = row.words[count:] if len(row.words) == len(row.text.split()) else []
    row.text = without_beginning(row.text, count)
    begins_s = row.words[0]["start_s"] if row.words else before_s
    if begins_s is not None and row.start_s is not None and row.end_s is not None:
        row.start_s = min(max(begins_s, row.start_s), row.end_s)


def _piece(row: Segment) -> Piece:
    is_timed = len(row.words) == len(row.text.split())
    times = tuple((word["start_s"], word["end_s"]) for word in row.words) if is_timed else ()
    return Piece(row.text, row.start_s or 0.0, row.end_s or 0.0, times)
