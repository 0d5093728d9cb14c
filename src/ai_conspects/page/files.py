"""The built page's files, found once when the server starts; nothing but them can be asked for."""

import hashlib
import mimetypes
import re
from dataclasses import dataclass
from pathlib import Path

BUILT = Path(__file__).parent / "built"
ENCODINGS = {"br": ".br", "gzip": ".gz"}
"""By preference; each file stands there compressed already."""
REFUSED = re.compile(r";\s*q=0(\.0*)?\s*$")


@dataclass(frozen=True)
class PageFile:
    """One file, and the same compressed: encoding → path."""

    path: Path
    media_type: str
    etag: str
    compressed: dict[str, Path]

    def read(self, accept_encoding: str) -> tuple[bytes, str | None]:
        """The bytes and their encoding, the best that the client takes."""
        parts = accept_encoding.lower().split(",")
        taken = {part.split(";")[0].strip() for part in parts if not REFUSED.search(part)}
        for encoding, path in self.compressed.items():
            if encoding in taken:
                return path.read_bytes(), encoding
        return self.path.read_bytes(), None


def found(folder: Path = BUILT) -> dict[str, PageFile]:
    """What is served, by the path below `/`; empty where the page was not built."""
    return {
        path.relative_to(folder).as_posix(): _file(path)
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix not in ENCODINGS.values() and path.relative_to(folder).parts[0][0] != "."
    }


def _file(path: Path) -> PageFile:
    compressed = {name: path.with_name(path.name + suffix) for name, suffix in ENCODINGS.items()}
    kind = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return PageFile(
        path,
        kind or "application/octet-stream",
        f'"{hashlib.sha256(path.read_bytes()).hexdigest()[:32]}"',
        {name: beside for name, beside in compressed.items() if beside.is_file()},
    )
