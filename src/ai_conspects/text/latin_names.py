"""Names in texts of Latin letters, by their capitals; meant for English, tolerable where only names have one."""

from collections.abc import Iterator

import regex

from ai_conspects.text.analysis import Kind
from ai_conspects.text.lists import listed

_NAME = regex.compile(
    r"(?P<before>(?:\p{L}+\.?|[,;:—–(\"“«])\s*)"
    r"(?P<name>(?!(?:Mr|Mrs|Ms|Dr|Prof)\b)\p{Lu}[\p{L}\p{M}'’&-]+(?:\s+(?:(?:of|de|du|di|da|del|van|von|the)\s+)?\p{Lu}[\p{L}\p{M}'’&-]*\.?)*)"
)
_TITLES = frozenset(
    {"mr", "mrs", "ms", "dr", "prof", "professor", "sir", "president", "señor", "señora", "monsieur", "madame"}
)
_WHERE = frozenset({"in", "near", "en", "à", "em"})


def latin_names(text: str) -> Iterator[tuple[str, Kind]]:
    """Each name that doesn't begin its sentence, and its kind."""
    for match in _NAME.finditer(text):
        parts = match["name"].strip(" .'’&-").split()
        before = match["before"].strip().rstrip(".").lower()
        while parts and parts[0].lower() in _TITLES:
            before = parts.pop(0).lower()
        name = " ".join(parts)
        words = [part.lower().strip(".'’") for part in parts]
        if not words or len(name) < 3 or all(word.split("'")[0].split("’")[0] in listed("no-names") for word in words):
            continue
        yield name, _kind(words, before)


def _kind(words: list[str], before: str) -> Kind:
    if before in _TITLES:
        return "person"
    if words[-1] in listed("cues.en") or words[0] in {"university", "bank", "ministry", "université", "universidad"}:
        return "organisation"
    return "place" if before in _WHERE else "other"
