"""Conditional requests (RFC 9110, section 13): whether what a client has, or expects, is what stands here."""

import re

_TAG = re.compile(r'(?:W/)?("[^"]*")')


def names(header: str | None, etag: str) -> bool:
    """Whether `If-Match`, `If-None-Match` or `If-Range` names this tag (`"…"`, quotes included); `*` names all."""
    if header is None:
        return False
    return header.strip() == "*" or etag in _TAG.findall(header)
