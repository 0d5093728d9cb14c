"""Takes the audio out of a submit's JSON body while the body arrives, so that memory doesn't grow with it.

The content of every `recordings[i].audio_data` leaves as decoded bytes; all the rest is kept as a small document, the
skeleton, in which an empty string stands for the audio. What the document means is not decided here.
"""

import json
import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from ai_conspects.batches.base64_stream import BadBase64, Base64Stream
from ai_conspects.batches.errors import DocumentTooLarge, InvalidJson, TooManyRecordings
from ai_conspects.batches.skeleton import Skeleton

_TOKEN = re.compile(rb'["{}\[\]:,]')
_STRING = re.compile(rb'[^"\\]*+(?:\\.[^"\\]*+)*+', re.DOTALL)


@dataclass(frozen=True, slots=True)
class AudioStarted:
    """The audio of recording `index` begins."""

    index: int


@dataclass(frozen=True, slots=True)
class AudioData:
    """More of it, decoded."""

    index: int
    data: bytes


@dataclass(frozen=True, slots=True)
class AudioEnded:
    """It is complete."""

    index: int


@dataclass(frozen=True, slots=True)
class AudioRefused:
    """It is no base64, for the reason given; no `AudioEnded` follows, and the scan goes on behind the string."""

    index: int
    reason: str


Event = AudioStarted | AudioData | AudioEnded | AudioRefused


@dataclass(slots=True)
class _Level:
    """An open object or array: in the one the latest key, in the other the latest index."""

    is_object: bool
    wants_key: bool
    key: str = ""
    index: int = 0
    has_audio: bool = False


class SubmitScanner:
    """Feed it the body; it yields what it finds of audio.

    Bounds: `max_skeleton_bytes` of memory, `max_depth` levels, `max_recordings` elements.
    Raises `InvalidJson`, `DocumentTooLarge` and `TooManyRecordings`, after which it can't be used.
    """

    def __init__(self, *, max_recordings: int, max_skeleton_bytes: int = 1 << 20, max_depth: int = 32) -> None:
        self._max_recordings = max_recordings
        self._max_skeleton_bytes = max_skeleton_bytes
        self._max_depth = max_depth
        self._levels: list[_Level] = []
        self._skeleton = bytearray()
        self._cuts: list[tuple[int, int]] = []
        self._offset = 0  # of the chunk in the body
        self._string_start: int | None = None  # of the open string in the skeleton, behind its quote
        self._is_escaped = False  # a chunk ended between a backslash and what it escapes
        self._audio: Base64Stream | None = None  # of the open audio string
        self._is_skipping = False  # the open string is refused audio
        self._has_recordings = False

    def feed(self, chunk: bytes) -> Iterator[Event]:
        """The events that `chunk` completes."""
        at = 0
        while at < len(chunk):
            if self._audio is not None:
                at = yield from self._feed_audio(self._audio, chunk, at)
            elif self._string_start is not None or self._is_skipping:
                at = self._feed_string(chunk, at)
            else:
                at = self._feed_structure(chunk, at)
                if self._audio is not None:
                    yield AudioStarted(self._levels[1].index)
        self._offset += len(chunk)

    def finish(self) -> Skeleton:
        """The body is over. Raises `InvalidJson` if it ended too early."""
        if self._levels or self._string_start is not None:
            raise InvalidJson("the body ends in the middle", self._offset)
        return Skeleton(bytes(self._skeleton), tuple(self._cuts))

    def _feed_audio(self, audio: Base64Stream, chunk: bytes, at: int) -> Generator[Event, None, int]:
        index, was_escaped = self._levels[1].index, audio.is_in_escape
        quote = chunk.find(b'"', at)
        try:
            data = audio.feed(memoryview(chunk)[at : quote if quote >= 0 else None])
            if quote >= 0:
                audio.finish()  # an escaped quote is refused here: its backslash is left over
        except BadBase64 as error:
            self._audio, self._is_skipping, self._is_escaped = None, True, was_escaped
            yield AudioRefused(index, str(error))
            return at
        if data:
            yield AudioData(index, data)
        if quote < 0:
            return len(chunk)
        self._audio = None
        self._close_cut_string(quote)
        yield AudioEnded(index)
        return quote + 1

    def _feed_string(self, chunk: bytes, at: int) -> int:
        found = _STRING.match(chunk, at + self._is_escaped)
        end = found.end() if found else len(chunk)
        self._is_escaped = end < len(chunk) and chunk[end] == ord("\\")
        is_closed = end < len(chunk) and not self._is_escaped
        after = end + (end < len(chunk))
        if self._is_skipping:
            if is_closed:
                self._is_skipping = False
                self._close_cut_string(end)
            return after
        self._keep(chunk, at, after)
        if is_closed:
            self._close_string()
        return after

    def _feed_structure(self, chunk: bytes, at: int) -> int:
        """Up to behind the next opening quote, or to the end of the chunk."""
        start = at
        for found in _TOKEN.finditer(chunk, at):
            at = found.end()
            token = found.group()
            if token == b'"':
                self._keep(chunk, start, at)
                self._open_string(self._offset + at)
                return at
            self._step(token, self._offset + at - 1)
        self._keep(chunk, start, len(chunk))
        return len(chunk)

    def _step(self, token: bytes, position: int) -> None:
        levels = self._levels
        if token in b"{[":
            if len(levels) == self._max_depth:
                raise InvalidJson(f"it is nested deeper than {self._max_depth} levels", position)
            levels.append(_Level(is_object=token == b"{", wants_key=token == b"{"))
        elif not levels:
            raise InvalidJson(f"unexpected {token.decode()!r}", position)
        elif token in b"}]":
            if levels.pop().is_object != (token == b"}"):
                raise InvalidJson(f"unexpected {token.decode()!r}", position)
        elif token == b":":
            levels[-1].wants_key = False
        elif levels[-1].is_object:
            levels[-1].wants_key = True
        else:
            levels[-1].index += 1
            if self._is_in_recordings(2) and levels[-1].index >= self._max_recordings:
                raise TooManyRecordings(self._max_recordings)

    def _open_string(self, position: int) -> None:
        level = self._levels[-1] if self._levels else None
        if not self._is_in_recordings(3) or level is None or level.wants_key or level.key != "audio_data":
            self._string_start = len(self._skeleton)
            return
        if level.has_audio:
            raise InvalidJson(f"audio_data stands twice in recording {self._levels[1].index}", position)
        level.has_audio = True
        self._audio = Base64Stream()

    def _close_string(self) -> None:
        start, self._string_start = self._string_start, None
        level = self._levels[-1] if self._levels else None
        if level is None or not level.wants_key or len(self._levels) not in (1, 3):
            return
        level.key = _key(bytes(self._skeleton[start:-1]))
        if len(self._levels) == 1 and level.key == "recordings":
            if self._has_recordings:
                raise InvalidJson("recordings stands twice", self._offset)
            self._has_recordings = True

    def _close_cut_string(self, quote: int) -> None:
        self._cuts.append((len(self._skeleton), self._offset + quote - len(self._skeleton)))
        self._skeleton += b'"'

    def _is_in_recordings(self, depth: int) -> bool:
        """Whether so many levels are open, along `recordings[i]`."""
        levels = self._levels
        return (
            len(levels) == depth
            and levels[0].is_object
            and levels[0].key == "recordings"
            and not levels[1].is_object
            and (depth == 2 or levels[2].is_object)
        )

    def _keep(self, chunk: bytes, start: int, end: int) -> None:
        if len(self._skeleton) + end - start > self._max_skeleton_bytes:
            raise DocumentTooLarge
        self._skeleton += chunk[start:end]


def _key(raw: bytes) -> str:
    """A key as it is meant; what is no JSON string is no key that matters here, and refused with the document."""
    try:
        return str(json.loads(b'"' + raw + b'"'))
    except ValueError:
        return ""
