"""A transcript as SubRip (`.srt`) and as WebVTT (`.vtt`, w3.org/TR/webvtt1)."""

from collections.abc import Sequence
from html import escape

from ai_conspects.recordings.formats.cues import cues
from ai_conspects.recordings.formats.spoken import DOUBT, Spoken


def srt(segments: Sequence[Spoken]) -> str:
    """Numbered cues; the speaker's name stands before the text."""
    blocks = [
        f"{number}\n{_clock(cue.start_s, ',')} --> {_clock(cue.end_s, ',')}\n{_no_arrow(cue.lines)}\n"
        for number, cue in enumerate(cues(segments, _named), start=1)
    ]
    return "\n".join(blocks)


def vtt(segments: Sequence[Spoken]) -> str:
    """Cues with voices (`<v Anna>`)."""
    blocks = [
        f"{_clock(cue.start_s, '.')} --> {_clock(cue.end_s, '.')}\n{_voice(cue.speaker)}{_escaped(cue.lines)}\n"
        for cue in cues(segments, _doubt)
    ]
    return "\n".join(["WEBVTT\n", *blocks])


def _doubt(segment: Spoken) -> str:
    return DOUBT if segment.flags else ""


def _named(segment: Spoken) -> str:
    return f"{_doubt(segment)} {segment.speaker}:" if segment.speaker else _doubt(segment)


def _clock(seconds: float, mark: str) -> str:
    total, milliseconds = divmod(round(seconds * 1000), 1000)
    minutes, seconds_left = divmod(total, 60)
    hours, minutes_left = divmod(minutes, 60)
    return f"{hours:02}:{minutes_left:02}:{seconds_left:02}{mark}{milliseconds:03}"


def _no_arrow(lines: Sequence[str]) -> str:
    """SubRip has no escape, and a reader would take an arrow for the next time."""
    return "\n".join(lines).replace("-->", "→")


def _escaped(lines: Sequence[str]) -> str:
    return escape("\n".join(lines), quote=False)


def _voice(speaker: str | None) -> str:
    return f"<v {escape(' '.join(speaker.split()), quote=False)}>" if speaker else ""
