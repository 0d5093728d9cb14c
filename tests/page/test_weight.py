"""What the page weighs as it goes over the wire, by the parts that a screen loads first."""

import json

import pytest

from ai_conspects.page.files import BUILT

pytestmark = pytest.mark.usefixtures("page_is_built")

LIBRARY_BYTES, NOTE_BYTES = 40_000, 70_000


def brotli(*names: str) -> int:
    return sum((BUILT / f"{name}.br").stat().st_size for name in names)


def loaded(*entries: str) -> set[str]:
    """The files of these modules and of all that they import at once."""
    manifest = json.loads((BUILT / ".vite" / "manifest.json").read_text())
    files: set[str] = set()
    waiting = list(entries)
    while waiting:
        chunk = manifest[waiting.pop()]
        if chunk["file"] in files:
            continue
        files |= {chunk["file"], *chunk.get("css", [])}
        waiting += chunk.get("imports", [])
    return files


def test_the_library_weighs_at_most_40_kb_with_the_longer_of_the_dictionaries() -> None:
    assert brotli("index.html", *loaded("index.html", "src/lib/ru.ts")) <= LIBRARY_BYTES


def test_a_note_weighs_at_most_70_kb() -> None:
    assert brotli("index.html", *loaded("index.html", "src/lib/ru.ts", "src/screens/Note.svelte")) <= NOTE_BYTES
