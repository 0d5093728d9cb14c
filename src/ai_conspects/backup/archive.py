"""The file: a tar whose last member holds the SHA-256 of every other one, so that a cut or changed file is noticed.

    manifest.json             what made it, and which tables with which columns
    tables/TABLE/00000 …      rows as PostgreSQL's COPY writes them, in pieces
    objects/KEY               audio, as it lies in the store
    checksums.json            SHA-256 by member, and what was deleted while the backup ran

Memory stays at one piece, whatever the sizes. Any tar reads it.
"""

import hashlib
import io
import json
import os
import tarfile
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import IO, Self, cast

from pydantic import BaseModel, ValidationError

from ai_conspects.backup.errors import BackupDamaged

FORMAT = 1
MANIFEST, CHECKSUMS = "manifest.json", "checksums.json"
_READ_BYTES = 2**20


class Table(BaseModel):
    """Its columns in the order in which its rows are written."""

    name: str
    columns: list[str]


class Manifest(BaseModel):
    """Tables stand in an order in which they can be filled; `sequences` are their last values."""

    format: int
    product: str
    revision: str
    dimensions: int
    created_at: str
    tables: list[Table]
    sequences: dict[str, int]


class Trailer(BaseModel):
    """`gone`: keys of recordings and uploads that were deleted between the reading of rows and that of audio."""

    sha256: dict[str, str]
    gone: list[str]


class Digesting(io.RawIOBase):
    """A file-like view of pieces of bytes, that adds up their SHA-256 and length."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""
        self.size = 0
        self.digest = hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        while len(self._rest) < size and (piece := next(self._pieces, b"")):
            self._rest += piece
        taken, self._rest = self._rest[:size], self._rest[size:]
        self.digest.update(taken)
        self.size += len(taken)
        return taken


class ArchiveWriter:
    """Writes to `PATH.part`; `finish` makes it PATH, durable. What is not finished is removed."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._part = path.with_name(f"{path.name}.part")
        self._sha256: dict[str, str] = {}

    def __enter__(self) -> Self:
        handle = os.open(self._part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
        self._file = os.fdopen(handle, "w+b")
        self._tar = tarfile.open(fileobj=self._file, mode="w", format=tarfile.PAX_FORMAT)
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self._part.unlink(missing_ok=True)

    def add(self, name: str, data: bytes) -> None:
        """A member that fits into memory."""
        self.stream(name, len(data), [data])

    def stream(self, name: str, size: int, pieces: Iterable[bytes]) -> bytes:
        """A member of a known size; its SHA-256. Raises `OSError` if the pieces are fewer bytes."""
        member = tarfile.TarInfo(name)
        member.size, member.mode = size, 0o600
        reading = Digesting(pieces)
        self._tar.addfile(member, cast("IO[bytes]", reading))
        self._sha256[name] = reading.digest.hexdigest()
        return reading.digest.digest()

    def rewind(self, to: int, name: str) -> None:
        """Forget the member that was begun at this offset: an object that vanished while it was read."""
        self._sha256.pop(name, None)
        self._file.seek(to)
        self._file.truncate()
        self._tar.offset = to

    @property
    def offset(self) -> int:
        """Where the next member will begin."""
        return self._tar.offset

    def finish(self, gone: list[str]) -> str:
        """Close it and give it its name; the SHA-256 of the whole file."""
        trailer = Trailer(sha256=self._sha256, gone=gone).model_dump_json()
        self.add(CHECKSUMS, trailer.encode())
        self._tar.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.seek(0)
        digest = hashlib.file_digest(self._file, "sha256").hexdigest()
        os.link(self._part, self._path)  # never over a file that is there
        folder = os.open(self._path.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
        return digest


class Archive:
    """A file that was found whole and unchanged, to be read."""

    def __init__(self, path: Path) -> None:
        """Read it once from end to end. Raises `BackupDamaged`."""
        self._path = path
        found: dict[str, str] = {}
        last = b""
        try:
            with tarfile.open(path, mode="r:") as tar:
                for member in tar:
                    found[member.name], last = _digested(tar, member)
            self.manifest = Manifest.model_validate_json(self._bytes(MANIFEST))
            trailer = Trailer.model_validate_json(last)
        except (tarfile.TarError, EOFError, OSError, KeyError) as error:
            raise BackupDamaged(f"it is cut off, or no backup ({type(error).__name__})") from None
        except ValidationError:
            raise BackupDamaged("it is cut off, or of another format") from None
        found.pop(CHECKSUMS, None)
        self.gone = trailer.gone
        self.keys = {name.removeprefix("objects/") for name in found if name.startswith("objects/")}
        if found != trailer.sha256:
            changed = sorted({name for name, _ in found.items() ^ trailer.sha256.items()})
            raise BackupDamaged(f"{len(changed)} of its parts are not what they were, first {changed[0]}")
        if self.manifest.format != FORMAT:
            raise BackupDamaged(f"its format is {self.manifest.format}, this release reads {FORMAT}")

    def members(self, prefix: str) -> Iterator[tuple[str, int, IO[bytes]]]:
        """`(name below the prefix, size, content)`, in the file's order."""
        with tarfile.open(self._path, mode="r:") as tar:
            for member in tar:
                content = tar.extractfile(member) if member.name.startswith(prefix) else None
                if content is not None:
                    yield member.name.removeprefix(prefix), member.size, content

    def _bytes(self, name: str) -> bytes:
        with tarfile.open(self._path, mode="r:") as tar:
            content = tar.extractfile(name)
            return content.read() if content else b""


def _digested(tar: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[str, bytes]:
    """Its SHA-256; and its bytes, where it is the last member."""
    content = tar.extractfile(member)
    if content is None:
        raise tarfile.ReadError(f"{member.name} is no file")
    digest, kept, size = hashlib.sha256(), b"", 0
    while piece := content.read(_READ_BYTES):
        digest.update(piece)
        size += len(piece)
        if member.name == CHECKSUMS:
            kept += piece
    if size != member.size:
        raise EOFError
    return digest.hexdigest(), kept


def manifest_bytes(manifest: Manifest) -> bytes:
    """As it stands in the file."""
    return json.dumps(manifest.model_dump(), ensure_ascii=False, indent=1).encode()
