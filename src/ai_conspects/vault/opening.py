"""Opens a zip that a stranger may have made: nothing is unpacked to a disk, and nothing is believed of its sizes.

Refused before anything is read: tables of contents that would fill memory, paths that leave the vault, doubled paths,
links, encryption. What is read is counted by the byte, against bombs and entries that share their data.
"""

import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import IO

from ai_conspects.vault.errors import InvalidVault, VaultTooLarge

MOST_ENTRIES = 200_000
MOST_TABLE_BYTES = 64 << 20
PIECE_BYTES = 1 << 20

_END = struct.Struct("<4s4H2LH")
_END64 = struct.Struct("<4sQ2H2L4Q")
_LOCATOR = struct.Struct("<4sLQL")
_COMMENT = 65_535
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
)
_LINK = 0o120000


class Vault:
    """An open zip. Reading it counts against `most_mb`, whatever the headers say."""

    def __init__(self, file: IO[bytes], most_mb: int) -> None:
        self._most_mb = most_mb
        self._left = most_mb << 20
        _check_table(file)
        try:
            self._zip = zipfile.ZipFile(file)
        except _BROKEN:
            raise InvalidVault("it is no zip, or it is cut off") from None
        self.paths = frozenset(self._zip.namelist())
        if len(self.paths) < len(self._zip.namelist()):
            raise InvalidVault("it has two files of one name")
        for info in self._zip.infolist():
            _check_entry(info)

    def read(self, path: str, most_bytes: int) -> bytes:
        """A whole file of the vault. Raises `InvalidVault`, `VaultTooLarge`."""
        data = bytearray()
        for piece in self.pieces(path):
            data += piece
            if len(data) > most_bytes:
                raise InvalidVault("it is too large", path)
        return bytes(data)

    def pieces(self, path: str) -> Iterator[bytes]:
        """A file of the vault, piece by piece. Raises as `read`."""
        try:
            with self._zip.open(path) as entry:
                while piece := entry.read(PIECE_BYTES):
                    self._left -= len(piece)
                    if self._left < 0:
                        raise VaultTooLarge(self._most_mb)
                    yield piece
        except KeyError:
            raise InvalidVault("it is missing", path) from None
        except _BROKEN:
            raise InvalidVault("it is damaged", path) from None


def _check_entry(info: zipfile.ZipInfo) -> None:
    path = info.filename
    parts = path.split("/")
    outside = path.startswith("/") or "\\" in info.orig_filename or ":" in parts[0] or {"..", "."} & set(parts)
    if outside or "\x00" in info.orig_filename or len(path) > 1_000:
        raise InvalidVault("its path is not one of a vault", path)
    if info.flag_bits & 0x1:
        raise InvalidVault("it is encrypted", path)
    if (info.external_attr >> 16) & 0o170000 == _LINK:
        raise InvalidVault("it is a link", path)


def _check_table(file: IO[bytes]) -> None:
    """The end of a zip tells how large its table of contents is, which `zipfile` would read whole."""
    size = file.seek(0, 2)
    file.seek(max(0, size - _END.size - _COMMENT - _LOCATOR.size - _END64.size))
    tail = file.read()
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or len(tail) - at < _END.size:
        raise InvalidVault("it is no zip, or it is cut off")
    _, _, _, _, entries, table_bytes, _, _ = _END.unpack_from(tail, at)
    if entries == 0xFFFF or table_bytes == 0xFFFFFFFF:
        entries, table_bytes = _large_table(file, tail, at)
    file.seek(0)
    if entries > MOST_ENTRIES or table_bytes > MOST_TABLE_BYTES:
        raise InvalidVault(f"it has more than {MOST_ENTRIES} files")


def _large_table(file: IO[bytes], tail: bytes, at: int) -> tuple[int, int]:
    if at < _LOCATOR.size:
        raise InvalidVault("its table of contents is damaged")
    mark, _, place, _ = _LOCATOR.unpack_from(tail, at - _LOCATOR.size)
    if mark != b"PK\x06\x07":
        raise InvalidVault("its table of contents is damaged")
    file.seek(min(place, 2**62))
    raw = file.read(_END64.size)
    if len(raw) < _END64.size or raw[:4] != b"PK\x06\x06":
        raise InvalidVault("its table of contents is damaged")
    *_, entries, table_bytes, _ = _END64.unpack(raw)
    return entries, table_bytes
