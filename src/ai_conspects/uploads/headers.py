"""tus 1.0 on the wire: its headers, read strictly. Nothing is decided or stored here."""

import base64
import binascii
import hashlib
import re
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any

from ai_conspects.uploads.errors import BadTusHeader

VERSION = "1.0.0"
EXTENSIONS = "creation,creation-with-upload,termination,checksum,expiration"
CONTENT_TYPE = "application/offset+octet-stream"
ALGORITHMS = ("sha256", "sha1")
"""Of checksums. SHA-1 is what tus demands of every server; it guards against accidents alone."""

_LONGEST_METADATA = 8192
_KEY = re.compile(r"[!-+\--~]{1,64}", re.ASCII)  # visible ASCII without a comma
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)


@dataclass
class Checksum:
    """What a request's bytes must add up to."""

    expected: bytes
    digest: Any = field(repr=False)  # a hashlib object, for which there is no public type

    def update(self, data: bytes) -> None:
        self.digest.update(data)

    @property
    def holds(self) -> bool:
        return bool(self.digest.digest() == self.expected)


def number(name: str, value: str | None) -> int:
    """A header that is a count of bytes. Raises `BadTusHeader`."""
    if value is None or not _NUMBER.fullmatch(value):
        raise BadTusHeader(f"{name} must be a number of bytes.")
    return int(value)


def metadata(header: str) -> dict[str, str]:
    """`Upload-Metadata`: keys and their values. Raises `BadTusHeader`."""
    if len(header) > _LONGEST_METADATA:
        raise BadTusHeader(f"Upload-Metadata is longer than {_LONGEST_METADATA} bytes.")
    found: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else []:
        key, _, value = pair.strip().partition(" ")
        if not _KEY.fullmatch(key) or key in found:
            raise BadTusHeader("A key of Upload-Metadata is empty, given twice, too long or not ASCII.")
        try:
            found[key] = base64.b64decode(value.strip(), validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            raise BadTusHeader(f"Upload-Metadata: the value of {key} is not UTF-8 in base64.") from None
    return found


def checksum(header: str | None) -> Checksum | None:
    """`Upload-Checksum`. Raises `BadTusHeader` for an algorithm that this server doesn't know."""
    if header is None:
        return None
    algorithm, _, value = header.partition(" ")
    if algorithm not in ALGORITHMS:
        raise BadTusHeader(f"Upload-Checksum takes {' and '.join(ALGORITHMS)}.")
    digest = hashlib.sha256() if algorithm == "sha256" else hashlib.sha1(usedforsecurity=False)
    try:
        expected = base64.b64decode(value.strip(), validate=True)
    except binascii.Error:
        expected = b""
    if len(expected) != digest.digest_size:
        raise BadTusHeader(f"Upload-Checksum is no {algorithm} in base64.")
    return Checksum(expected, digest)


def expires(moment: datetime) -> str:
    """`Upload-Expires`, as HTTP writes dates."""
    return format_datetime(moment, usegmt=True)
