"""SubRip and WebVTT. Strict about what is broken, and in which line; lenient about what tools write differently."""

import re
from collections.abc import Callable, Sequence

from ai_conspects.recordings.errors import InvalidTranscript
from ai_conspects.recordings.imports.imported import LONGEST_SPEAKER, ImportedSegment, checked_times
from ai_conspects.recordings.imports.lines import lines, unmarked, with_speaker

_CLOCK = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})(?:[.,](\d{1,3}))?"
_TIMING = re.compile(rf"\s*{_CLOCK}\s*-->\s*{_CLOCK}(?:\s.*)?", re.ASCII)
_VOICE = re.compile(r"<v(?:\.[^\s<>]*)?\s+([^<>]+)>")
_NOT_A_CUE = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s.*)?")

EXPECTED = "a time such as 00:00:01,000 --> 00:00:02,000 is expected here"


def srt(content: str) -> list[ImportedSegment]:
    """The cues of a SubRip file; numbers may be missing. Raises `InvalidTranscript` with the line."""
    return _cues(lines(content), 0, is_id=lambda line: line.strip().isdecimal())


def vtt(content: str) -> list[ImportedSegment]:
    """The cues of a WebVTT file, with their voices. Raises `InvalidTranscript` with the line."""
    rows = lines(content)
    if not re.fullmatch(r"WEBVTT(?:[ \t].*)?", rows[0]):
        raise InvalidTranscript("WEBVTT must stand here", 1)
    return _cues(rows, _after_block(rows, 0), is_id=lambda line: "-->" not in line)


def _cues(rows: Sequence[str], at: int, *, is_id: Callable[[str], bool]) -> list[ImportedSegment]:
    """The cues from line `at` on (counted from 0), in the order of their times."""
    found: list[ImportedSegment] = []
    while at < len(rows):
        if not rows[at].strip():
            at += 1
        elif _NOT_A_CUE.fullmatch(rows[at]) and not _begins(rows, at, is_id):
            at = _after_block(rows, at)
        else:
            at += 1 if _has_id(rows, at, is_id) else 0
            start_s, end_s = _times(rows[at], at + 1)
            last = _last(rows, at + 1, is_id)
            found += _segment(start_s, end_s, " ".join(rows[at + 1 : last]))
            at = last
    return sorted(found, key=lambda segment: segment.start_s or 0.0)


def _begins(rows: Sequence[str], at: int, is_id: Callable[[str], bool]) -> bool:
    """Whether a cue begins in this line, by its time or by an id and then its time."""
    if _TIMING.fullmatch(rows[at]):
        return True
    return at + 1 < len(rows) and is_id(rows[at]) and _TIMING.fullmatch(rows[at + 1]) is not None


def _has_id(rows: Sequence[str], at: int, is_id: Callable[[str], bool]) -> bool:
    """Whether this line is a cue's id: then its time, right or wrong, is the next one."""
    is_time = _TIMING.fullmatch(rows[at]) is not None
    return not is_time and is_id(rows[at]) and at + 1 < len(rows) and bool(rows[at + 1].strip())


def _last(rows: Sequence[str], at: int, is_id: Callable[[str], bool]) -> int:
    """The line after a cue's text: an empty one, or where the next cue begins. Raises for a time that is none."""
    while at < len(rows) and rows[at].strip():
        is_next = rows[at].strip().isdecimal() and _begins(rows, at, is_id)
        if is_next or _TIMING.fullmatch(rows[at]):
            return at
        if "-->" in rows[at]:
            raise InvalidTranscript(EXPECTED, at + 1)
        at += 1
    return at


def _after_block(rows: Sequence[str], at: int) -> int:
    return next((n for n in range(at, len(rows)) if not rows[n].strip()), len(rows))


def _times(row: str, line: int) -> tuple[float, float]:
    timing = _TIMING.fullmatch(row)
    if timing is None:
        raise InvalidTranscript(EXPECTED, line)
    parts = timing.groups()
    return checked_times(_seconds(parts[:4], line), _seconds(parts[4:], line), line)


def _seconds(parts: Sequence[str | None], line: int) -> float:
    hours, minutes, seconds, fraction = parts
    if int(minutes or 0) > 59 or int(seconds or 0) > 59:
        raise InvalidTranscript("minutes and seconds go up to 59", line)
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    return whole + int((fraction or "").ljust(3, "0")) / 1000


def _segment(start_s: float, end_s: float, raw: str) -> list[ImportedSegment]:
    """One, or none where the cue says nothing."""
    voice = _VOICE.search(raw)
    speaker, text = with_speaker(unmarked(raw))
    if voice:
        speaker = unmarked(voice[1])[:LONGEST_SPEAKER] or None
    return [ImportedSegment(start_s, end_s, text, speaker=speaker)] if text else []
