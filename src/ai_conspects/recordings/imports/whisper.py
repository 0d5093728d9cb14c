"""The JSON of Whisper (also faster-whisper's and OpenAI's `verbose_json`), of WhisperX, and of this server.

WhisperX's `score` of a word tells how well it was aligned, not whether it was said: it is no confidence here.
"""

import json
import math
from collections.abc import Sequence
from typing import Any

from ai_conspects.engines.speech_to_text.base import Word
from ai_conspects.engines.speech_to_text.doubts import flags
from ai_conspects.engines.speech_to_text.language_tags import UNDETERMINED, tag
from ai_conspects.recordings.errors import InvalidTranscript
from ai_conspects.recordings.imports.imported import LONGEST_SPEAKER, ImportedSegment, checked_times
from ai_conspects.recordings.imports.lines import unmarked
from ai_conspects.recordings.imports.plain_text import txt
from ai_conspects.text.plain import plain

LONGEST_TAG = 35


def whisper(content: str) -> tuple[list[ImportedSegment], str | None]:
    """The segments, and the language where it is named. Raises `InvalidTranscript` with the line or the place."""
    document = _parsed(content)
    listed = document.get("segments") if isinstance(document, dict) else document
    if listed is None and isinstance(document, dict) and isinstance(document.get("text"), str):
        return txt(plain(document["text"])), _language(document)
    if not isinstance(listed, list):
        raise InvalidTranscript("a list of segments, or a text, is expected", "segments")
    found = [_segment(one, f"segments[{at}]") for at, one in enumerate(listed)]
    segments = [segment for segment in found if segment.text]
    if len({segment.start_s is None for segment in segments}) > 1:
        raise InvalidTranscript("either all of them have times, or none", "segments")
    in_order = sorted(segments, key=lambda segment: segment.start_s or 0.0)
    return in_order, _language(document) if isinstance(document, dict) else None


def _parsed(content: str) -> Any:
    try:
        return json.loads(content.removeprefix("\ufeff"))
    except json.JSONDecodeError as error:
        raise InvalidTranscript(f"it is no JSON: {error.msg}", error.lineno) from None
    except (RecursionError, ValueError):
        raise InvalidTranscript(
            "it is no JSON that can be taken: too deep, or with a number that is too large"
        ) from None


def _language(document: dict[str, Any]) -> str | None:
    named = document.get("language")
    known = tag(named) if isinstance(named, str) else UNDETERMINED
    return None if known == UNDETERMINED or len(known) > LONGEST_TAG else known


def _segment(value: Any, where: str) -> ImportedSegment:
    fields = _object(value, where)
    if not isinstance(fields.get("text"), str):
        raise InvalidTranscript("its text is missing", where)
    text, times = unmarked(plain(fields["text"])), _times(fields, where)
    listed = fields.get("words") or []
    if not isinstance(listed, list):
        raise InvalidTranscript("must be a list", f"{where}.words")
    return ImportedSegment(
        start_s=times[0] if times else None,
        end_s=times[1] if times else None,
        text=text,
        confidence=_confidence(fields, where),
        words=_words(listed, times, where) if times else (),
        flags=_flags(fields, where),
        speaker=_speaker(fields.get("speaker")),
    )


def _words(listed: Sequence[Any], within: tuple[float, float], where: str) -> tuple[Word, ...]:
    """The words. Those that WhisperX could not align share the time up to the next one that it could."""
    known = [_word(one, f"{where}.words[{at}]") for at, one in enumerate(listed)]
    found: list[Word] = []
    for at, (text, times, confidence) in enumerate(known):
        if times is None:
            since = found[-1].end_s if found else within[0]
            ahead = next((n for n in range(at, min(at + 100, len(known))) if known[n][1]), None)
            until = max(since, within[1] if ahead is None else _start(known[ahead][1], within[1]))
            left = (ahead if ahead is not None else len(known)) - at
            times = (since, since + (until - since) / left)
        found.append(Word(text, *times, confidence))
    return tuple(word for word in found if word.text)


def _start(times: tuple[float, float] | None, otherwise: float) -> float:
    return otherwise if times is None else times[0]


def _word(value: Any, where: str) -> tuple[str, tuple[float, float] | None, float | None]:
    fields = _object(value, where)
    text = fields.get("word", fields.get("text"))
    if not isinstance(text, str):
        raise InvalidTranscript("its word is missing", where)
    told = fields.get("probability", fields.get("confidence"))
    return unmarked(plain(text)), _times(fields, where), None if told is None else _share(told, where)


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise InvalidTranscript("must be an object", where)
    return value


def _times(fields: dict[str, Any], where: str) -> tuple[float, float] | None:
    start, end = fields.get("start"), fields.get("end")
    if start is None and end is None:
        return None
    start_s, end_s = _number(start, f"{where}.start"), _number(end, f"{where}.end")
    if start_s < 0:
        raise InvalidTranscript("is before the beginning", f"{where}.start")
    return checked_times(start_s, end_s, where)


def _number(value: Any, where: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not -1e12 < value < 1e12:
        raise InvalidTranscript("must be a number of seconds", where)
    return float(value)


def _share(value: Any, where: str) -> float:
    share = _number(value, where)
    if not 0 <= share <= 1:
        raise InvalidTranscript("its probability must be between 0 and 1", where)
    return share


def _confidence(fields: dict[str, Any], where: str) -> float | None:
    """The engine's own formula: the geometric mean of the probabilities of its tokens."""
    if fields.get("avg_logprob") is not None:
        return min(math.exp(min(_number(fields["avg_logprob"], where), 0.0)), 1.0)
    told = fields.get("confidence")
    return None if told is None else _share(told, where)


def _flags(fields: dict[str, Any], where: str) -> tuple[str, ...]:
    told = {
        name: None if fields.get(name) is None else _number(fields[name], f"{where}.{name}")
        for name in ("no_speech_prob", "compression_ratio", "avg_logprob")
    }
    return flags(**told)


def _speaker(value: Any) -> str | None:
    return (unmarked(plain(value))[:LONGEST_SPEAKER] or None) if isinstance(value, str) else None
