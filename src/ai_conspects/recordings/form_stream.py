"""`multipart/form-data` (RFC 7578) as it arrives: the file is passed on in pieces, and memory stays flat."""

import re
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing

from ai_conspects.core.errors import FieldError, Unprocessable

MOST_HEAD = 8 << 10
MOST_FIELDS = 64 << 10
"""Bytes of all fields beside the file."""

_FORM = re.compile(r'multipart/form-data\s*;.*?boundary=(?:"([^"]{1,70})"|([^\s;,"]{1,70}))', re.IGNORECASE)


class InvalidForm(Unprocessable):
    """The form can't be read; the text says why."""

    code = "invalid_form"

    def __init__(self, why: str) -> None:
        super().__init__(f"The form can't be read: {why}.", errors=(FieldError(("body",), why),))


def boundary(media_type: str) -> bytes | None:
    """What separates a form's parts; None for a body that is no form."""
    found = _FORM.match(media_type)
    return (found[1] or found[2]).encode() if found else None


class FormStream:
    """Reads one form. `file()` gives the file's bytes; when it has ended, `fields` and `filename` hold the rest."""

    def __init__(self, boundary: bytes, chunks: AsyncIterator[bytes]) -> None:
        self.fields: dict[str, str] = {}
        self.filename: str | None = None
        self._delimiter = b"\r\n--" + boundary
        self._buffer = bytearray(b"\r\n")  # so that the first boundary is found as all others are
        self._chunks = chunks
        self._left = MOST_FIELDS

    async def file(self) -> AsyncIterator[bytes]:
        """The bytes of the one file. Raises `InvalidForm`."""
        async with aclosing(self._part()) as preamble:
            async for _ in preamble:
                pass
        has_file = False
        while not await self._is_over():
            name, filename = await self._head()
            async with aclosing(self._part()) as pieces:
                if filename is None:
                    self.fields[name] = await self._text(pieces)
                    continue
                if has_file:
                    raise InvalidForm("there is more than one file")
                has_file, self.filename = True, filename
                async for piece in pieces:
                    yield piece
        if not has_file:
            raise InvalidForm("there is no file")

    async def _part(self) -> AsyncGenerator[bytes, None]:
        """What stands before the next boundary, which is taken off."""
        while (end := self._buffer.find(self._delimiter)) < 0:
            safe = len(self._buffer) - len(self._delimiter) + 1
            if safe > 0:
                yield bytes(self._buffer[:safe])
                del self._buffer[:safe]
            await self._more()
        if end:
            yield bytes(self._buffer[:end])
        del self._buffer[: end + len(self._delimiter)]

    async def _is_over(self) -> bool:
        """Whether the boundary just read was the last one."""
        while len(self._buffer) < 2:
            await self._more()
        if self._buffer.startswith(b"--"):
            async for _ in self._chunks:  # an epilogue is ignored
                pass
            return True
        if not self._buffer.startswith(b"\r\n"):
            raise InvalidForm("a boundary is followed by something else")
        return False

    async def _head(self) -> tuple[str, str | None]:
        """The name of the part that begins here, and its file's."""
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MOST_HEAD:
                raise InvalidForm("the head of a part is too long")
            await self._more()
        head = bytes(self._buffer[:end])
        del self._buffer[: end + 4]
        name, filename = parameter(head, "name"), parameter(head, "filename")
        if name is None:
            raise InvalidForm("a part has no name")
        return name, filename

    async def _text(self, pieces: AsyncGenerator[bytes, None]) -> str:
        value = bytearray()
        async for piece in pieces:
            value += piece
            self._left -= len(piece)
            if self._left < 0:
                raise InvalidForm("there is too much beside the file")
        return value.decode("utf-8", "replace")

    async def _more(self) -> None:
        chunk = await anext(self._chunks, b"")
        while not chunk:  # Starlette ends a body with an empty chunk, and then no more
            try:
                chunk = await anext(self._chunks)
            except StopAsyncIteration:
                raise InvalidForm("it is cut off") from None
        self._buffer += chunk


def parameter(head: bytes, name: str) -> str | None:
    """`name` or `filename` of a part, in whose head clients write a quote as `\\"` or `%22`; None where it has none."""
    disposition = rb"(?i)content-disposition:[^\r\n]*;\s*" + name.encode()
    given = re.search(disposition + rb'="((?:[^"\\\r\n]|\\.)*)"', head)
    return None if given is None else given[1].decode("utf-8", "replace").replace('\\"', '"').replace("%22", '"')
