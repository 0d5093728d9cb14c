"""Text as files bring it, in lines; and the speaker that some tools write before it."""

import html
import re

from ai_conspects.recordings.imports.imported import LONGEST_SPEAKER

_ENDS = re.compile(r"\r\n|\r|\n")
_SPEAKER = re.compile(r"\[([^\[\]]{1,64})\]:?\s+(?=\S)")
_TAG = re.compile(r"</?(?:b|i|u|s|c|v|font|ruby|rt|lang|span|br)(?:[\s.][^<>]*)?/?>", re.IGNORECASE)
_TIME_TAG = re.compile(r"<\d[\d:.,]*>")
_STYLE = re.compile(r"\{\\[^{}]*\}")


def lines(content: str) -> list[str]:
    """The lines, whatever ends them; a mark of byte order is no text."""
    return _ENDS.split(content.removeprefix("\ufeff"))


def unmarked(text: str) -> str:
    """The text without the tags of subtitles, and its entities as what they mean; all white space is one space."""
    bare = _STYLE.sub("", _TIME_TAG.sub("", _TAG.sub("", text)))
    return " ".join(html.unescape(bare).replace("\x00", "").split())


def with_speaker(text: str) -> tuple[str | None, str]:
    """`[SPEAKER_00]: text`, as WhisperX writes it, in its two parts."""
    named = _SPEAKER.match(text)
    if named is None or not text[named.end(1) :].startswith("]:"):
        return None, text
    return named[1].strip()[:LONGEST_SPEAKER] or None, text[named.end() :]
