"""A file's text becomes a transcript: which format it is, and what it says."""

import re
from typing import Literal

from ai_conspects.recordings.imports.imported import Format, ImportedTranscript, checked
from ai_conspects.recordings.imports.plain_text import txt
from ai_conspects.recordings.imports.subtitles import srt, vtt
from ai_conspects.recordings.imports.whisper import whisper

_HEAD = 4_000
_JSON = re.compile(r"\s*(?:\{|\[\s*[{\]])")
_HAS_TIMES = re.compile(r"(?:^|[\r\n])[ \t]*[\d:]+[.,]?\d*[ \t]*-->")


def read(content: str, wanted: Format | Literal["auto"]) -> ImportedTranscript:
    """What the content says, in this format or in the one that it looks like. Raises `InvalidTranscript`."""
    kind = recognised(content) if wanted == "auto" else wanted
    if kind == "json":
        segments, language = whisper(content)
        return checked(ImportedTranscript(kind, tuple(segments), language))
    readers = {"srt": srt, "vtt": vtt, "txt": txt}
    return checked(ImportedTranscript(kind, tuple(readers[kind](content))))


def recognised(content: str) -> Format:
    """By the content, never by a name."""
    head = content[:_HEAD].removeprefix("\ufeff")
    if head.startswith("WEBVTT"):
        return "vtt"
    if _JSON.match(head):
        return "json"
    return "srt" if _HAS_TIMES.search(head) else "txt"
