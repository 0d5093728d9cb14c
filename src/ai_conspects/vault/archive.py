"""A zip that is written as it is read: no file of it stands anywhere, and memory holds a piece or two."""

import zipfile
from collections.abc import Iterable, Iterator
from datetime import datetime

_EARLIEST = (1980, 1, 1, 0, 0, 0)  # what a zip can say


class _Sink:
    """What `zipfile` writes to: it can't seek, so that sizes follow the data."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._pieces.append(bytes(data))
        return len(data)

    def flush(self) -> None:
        """Nothing is held back."""

    def take(self) -> bytes:
        """What was written since the last time."""
        taken = b"".join(self._pieces)
        self._pieces.clear()
        return taken


class ZipStream:
    """Entries go in, bytes come out. `audio` is stored as it is, text compressed."""

    def __init__(self) -> None:
        self._sink = _Sink()
        self._zip = zipfile.ZipFile(self._sink, "w", allowZip64=True)  # type: ignore[call-overload]  # all it needs

    def text(self, path: str, content: str | bytes, moment: datetime) -> Iterator[bytes]:
        """A file of text."""
        data = content.encode() if isinstance(content, str) else content
        yield from self._entry(path, [data], moment, zipfile.ZIP_DEFLATED)

    def audio(self, path: str, pieces: Iterable[bytes], moment: datetime) -> Iterator[bytes]:
        """A file of which the pieces come one after the other; it may have gigabytes."""
        yield from self._entry(path, pieces, moment, zipfile.ZIP_STORED)

    def end(self) -> Iterator[bytes]:
        """The table of contents; without it the zip is seen to be cut off."""
        self._zip.close()
        yield self._sink.take()

    def _entry(self, path: str, pieces: Iterable[bytes], moment: datetime, how: int) -> Iterator[bytes]:
        info = zipfile.ZipInfo(path, max(_EARLIEST, moment.timetuple()[:6]))
        info.compress_type = how
        info.external_attr = 0o600 << 16
        with self._zip.open(info, "w", force_zip64=True) as entry:
            for piece in pieces:
                entry.write(piece)
                yield self._sink.take()
        yield self._sink.take()
