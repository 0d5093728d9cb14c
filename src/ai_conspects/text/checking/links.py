"""Addresses in a text that were not said: none of these may get into a note, whoever wrote it."""

import regex

from ai_conspects.text.words import fold

_TOP_LEVEL = (
    "com|org|net|edu|gov|info|biz|io|ai|app|dev|me|co|tv|ru|su|рф|ua|by|kz|de|fr|uk|eu|us|cn|xyz|top|site|online"
    "|example"
)
_LINK = regex.compile(
    r"(?:[a-z][a-z0-9+.-]{1,20}://|www\.|(?:javascript|data|mailto|vbscript|file):)[^\s<>()\[\]]+"
    r"|[\w.+-]+@[\w-]+\.[\w.-]+"
    rf"|(?<![\w@.])[\p{{L}}\d-]+(?:\.[\p{{L}}\d-]+)*\.(?:{_TOP_LEVEL})(?![\p{{L}}\d])(?:/[^\s<>()\[\]]*)?"
    r"|(?<![\w.])\d{1,3}(?:\.\d{1,3}){3}(?::\d+|/)[^\s<>()\[\]]*",
    regex.IGNORECASE,
)  # fmt: skip


def unsaid_links(text: str, said: str) -> list[str]:
    """The addresses in `text` that `said` hasn't."""
    found = [match.group().rstrip(".,;:!?") for match in _LINK.finditer(text)]
    heard = fold(said)
    return [link for link in found if fold(link) not in heard]


def without_unsaid_links(text: str, said: str) -> str:
    """The text without them."""
    for link in unsaid_links(text, said):
        text = text.replace(link, "")
    return " ".join(text.split())
