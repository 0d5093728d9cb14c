"""Names of downloads: a header that no client's text can break out of (RFC 6266, RFC 8187)."""

import re
from pathlib import PurePosixPath
from typing import Literal
from urllib.parse import quote

_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")
LONGEST = 120


def disposition(kind: Literal["inline", "attachment"], filename: str, suffix: str | None = None) -> str:
    """A `Content-Disposition` for this name, without its folders; `suffix` (`.srt`) takes the place of its own."""
    name = filename.replace("\\", "/").rpartition("/")[2].strip(". ")
    stem, own = PurePosixPath(name).stem if name else "", PurePosixPath(name).suffix if name else ""
    end = own if suffix is None else suffix
    stem = stem[: LONGEST - len(end)] or "recording"
    plain = _UNSAFE.sub("_", stem + end).strip("_")
    encoded = quote((stem + end).encode("utf-8", "replace"), safe="")
    return f"{kind}; filename=\"{plain or 'recording'}\"; filename*=UTF-8''{encoded}"
