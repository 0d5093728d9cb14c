"""File names that every system takes: Windows, macOS, Linux, and Obsidian's links; each is given out once."""

import re
import unicodedata

LONGEST = 100
LONGEST_BYTES = 200
"""File systems allow 255 bytes; suffixes and numbers come on top."""

_FORBIDDEN = re.compile(r'[<>:"/\\|?*#^\[\]%\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(\.|$)", re.IGNORECASE)


def safe(text: str, otherwise: str) -> str:
    """The text as a file's name without a suffix; `otherwise` where nothing of it is left."""
    name = unicodedata.normalize("NFC", _FORBIDDEN.sub(" ", text))
    name = " ".join(name.split()).lstrip("-=+@.~ ")[:LONGEST]
    name = name.encode("utf-8", "ignore")[:LONGEST_BYTES].decode("utf-8", "ignore").rstrip(". ")
    if _RESERVED.match(name):
        name = f"_{name}"
    return name or otherwise


class Names:
    """Names that were given out, so that no two are the same on a system that doesn't tell their case apart."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def take(self, text: str, otherwise: str) -> str:
        """A name that nobody has yet: numbered where somebody does."""
        name, number = safe(text, otherwise), 1
        unique = name
        while _key(unique) in self._taken:
            number += 1
            unique = f"{name} ({number})"
        self._taken.add(_key(unique))
        return unique


def _key(name: str) -> str:
    return unicodedata.normalize("NFKD", name).casefold()
