"""Text that Markdown shows as it is, whatever was said."""

import re

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_LIST_MARK = re.compile(r"^(\d{1,9}(?=[.)])|(?=[-+]))")


def escape(text: str) -> str:
    """Text that Markdown shows as it is, on one line."""
    return _LIST_MARK.sub(r"\1\\", _SPECIAL.sub(r"\\\1", " ".join(text.split())), count=1)
