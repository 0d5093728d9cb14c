"""Base64 out of a JSON string, as it arrives in pieces. Strict: no whitespace, no other alphabet, padding in full."""

import binascii
import re

_ESCAPE = re.compile(rb"\\(?:/|u([0-9A-Fa-f]{4}))")
_CUT_ESCAPE = re.compile(rb"\\(?:u[0-9A-Fa-f]{0,3})?\Z")


class BadBase64(ValueError):
    """The text is no base64; the message says why, without the text itself."""


class Base64Stream:
    """Decodes the content of one JSON string. Holds at most a few bytes between two pieces."""

    def __init__(self) -> None:
        self._rest = b""  # up to 3 characters of a group of 4, or the beginning of a cut escape after them
        self._padded = False

    @property
    def is_in_escape(self) -> bool:
        """Whether the text so far ends with a backslash, so that what follows is escaped."""
        return self._rest.endswith(b"\\")

    def feed(self, piece: bytes | memoryview) -> bytes:
        """The bytes that `piece` completes. Raises `BadBase64`."""
        data, held = self._rest + piece, b""
        if b"\\" in data:
            data, held = _unescaped(data)
        whole = len(data) & ~3
        self._rest = data[whole:] + held
        return self._decoded(memoryview(data)[:whole])

    def finish(self) -> None:
        """The string is over. Raises `BadBase64` if it ends within a group of four characters."""
        if self._rest:
            raise BadBase64("it is cut, its length is no multiple of 4")

    def _decoded(self, groups: memoryview) -> bytes:
        if not groups:
            return b""
        if self._padded:
            raise BadBase64("it goes on after its padding")
        self._padded = groups[-1] == ord("=")
        try:
            return binascii.a2b_base64(groups, strict_mode=True)
        except binascii.Error as error:
            raise BadBase64(str(error)) from None


def _unescaped(data: bytes) -> tuple[bytes, bytes]:
    """The text without JSON's `\\/` and `\\uXXXX`, and the beginning of an escape that the next piece must end."""
    if b"\\\\" in data:
        raise BadBase64("it has a backslash")
    tail = _CUT_ESCAPE.search(data, max(0, len(data) - 5))
    cut = tail.start() if tail else len(data)
    data, held = data[:cut], data[cut:]
    if b"\\u" in data:
        return _ESCAPE.sub(_meant, data), held
    return data.replace(b"\\/", b"/"), held  # what PHP writes for every slash: worth a fast way


def _meant(escape: re.Match[bytes]) -> bytes:
    code = int(escape[1], 16) if escape[1] else ord("/")
    return bytes([code]) if code < 128 and code != ord("\\") else b"\xff"  # no base64, and no escape either
