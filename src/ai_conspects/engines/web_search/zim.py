"""An encyclopedia on this machine: full-text search in ZIM files (Kiwix's Wikipedia and others), without a network.

`libzim` comes with `pip install 'ai-conspects[encyclopedia]'`. It is under the GPL 3 and of 29 MB, hence no part of the
default installation. A file is opened at its first search, in the process that searches.
"""

from collections.abc import Iterator, Sequence
from datetime import date
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from threading import Lock
from typing import Any
from urllib.parse import quote

from ai_conspects.engines.errors import EngineMisconfigured, EngineRejected
from ai_conspects.engines.web_search.base import Found
from ai_conspects.text.html import page_text
from ai_conspects.text.languages import base
from ai_conspects.text.passages import best_passage

SETTING = "AI_CONSPECTS_WEB_SEARCH__ZIM_FILES"
MAX_ARTICLE_BYTES = 4 * 2**20
PASSAGE_CHARACTERS = 400
ISO_639_3 = {
    "ara": "ar", "bul": "bg", "cat": "ca", "ces": "cs", "deu": "de", "ell": "el", "eng": "en", "est": "et", "fin": "fi",
    "fra": "fr", "heb": "he", "hin": "hi", "hun": "hu", "hye": "hy", "ind": "id", "ita": "it", "jpn": "ja", "kat": "ka",
    "kaz": "kk", "kor": "ko", "lit": "lt", "nld": "nl", "pol": "pl", "por": "pt", "ron": "ro", "rus": "ru", "spa": "es",
    "swe": "sv", "tur": "tr", "ukr": "uk", "zho": "zh",
}  # fmt: skip
"""ZIM files name their language by three letters."""


def mend(files: Sequence[Path]) -> str:
    """What must be done before these files can be searched, empty where they can."""
    if find_spec("libzim") is None:
        return "pip install 'ai-conspects[encyclopedia]'"
    missing = [str(file) for file in files if not file.is_file()]
    return f"{SETTING} names {', '.join(missing)}: bring it there or correct the path" if missing else ""


class ZimEncyclopedia:
    """A `WebSearch` in local files: each phrase is looked up by itself, and the article on it comes first."""

    name = "zim"

    def __init__(self, files: Sequence[Path]) -> None:
        self._archives = [_Archive(file) for file in files]

    def search(self, phrases: Sequence[str], *, language: str, limit: int) -> list[Found]:
        """See `WebSearch`. In files of the text's language, else in all."""
        same = [one for one in self._archives if base(language) in one.languages] or self._archives
        each = max(1, -(-limit // max(1, len(phrases))))
        found = {page.url: page for p in phrases for archive in same for page in archive.find(p, language, each)}
        return list(found.values())[:limit]


class _Archive:
    """One file. libzim's objects are of no process but the one that made them, and of one thread at a time."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._lock = Lock()

    @cached_property
    def languages(self) -> frozenset[str]:
        """Two-letter tags."""
        codes = self._metadata("Language").split(",")
        return frozenset(ISO_639_3.get(code.strip(), code.strip()) for code in codes)

    def find(self, phrase: str, language: str, limit: int) -> list[Found]:
        """The article of that title, and those that have all of its words."""
        from libzim.search import Query, Searcher

        with self._lock:
            archive = self._archive
            if not archive.has_fulltext_index:
                raise EngineMisconfigured(
                    "zim", f"{self._file.name} has no full-text index; take one from Kiwix that has."
                )
            try:
                results = Searcher(archive).search(Query().set_query(phrase))
                paths = list(dict.fromkeys([*self._titled(phrase), *results.getResults(0, limit)]))
                return [page for path in paths[:limit] if (page := self._page(path, phrase, language)) is not None]
            except (RuntimeError, KeyError):
                said = f"{self._file.name} is broken: it can't be searched."
                raise EngineRejected("zim", said, code="encyclopedia_broken") from None

    @cached_property
    def _archive(self) -> Any:
        try:
            from libzim.reader import Archive
        except ImportError:
            raise EngineMisconfigured("zim", mend([])) from None
        if not self._file.is_file():
            raise EngineMisconfigured("zim", mend([self._file]))
        try:
            return Archive(self._file)
        except RuntimeError:
            raise EngineMisconfigured("zim", f"{self._file.name} is no ZIM file, or is cut; see {SETTING}.") from None

    def _titled(self, phrase: str) -> Iterator[str]:
        for title in (phrase, phrase[:1].upper() + phrase[1:]):
            if self._archive.has_entry_by_title(title):
                yield self._archive.get_entry_by_title(title).path

    def _page(self, path: str, phrase: str, language: str) -> Found | None:
        """The article with its best passage on the phrase; None for what is no page."""
        item = self._archive.get_entry_by_path(path).get_item()  # of a redirect, what it leads to
        if not item.mimetype.startswith("text/html") or item.size > MAX_ARTICLE_BYTES:
            return None
        text = page_text(bytes(item.content).decode("utf-8", "replace")).text
        passage = best_passage(text, phrase, language, PASSAGE_CHARACTERS)
        return Found(item.title, self._address(item.path), passage, self._day)

    def _address(self, path: str) -> str:
        """Where the article stands on the web, by the file's own word; else the file and the place in it."""
        source = self._metadata("Source").strip().rstrip("/")
        if not source or " " in source or "." not in source:
            return f"zim://{quote(self._file.name)}/{quote(path)}"
        site = source if source.startswith(("http://", "https://")) else f"https://{source}"
        return f"{site}/wiki/{quote(path)}" if site.endswith("wikipedia.org") else f"{site}/{quote(path)}"

    @cached_property
    def _day(self) -> date | None:
        try:
            return date.fromisoformat(self._metadata("Date"))
        except ValueError:
            return None

    def _metadata(self, key: str) -> str:
        archive = self._archive
        return bytes(archive.get_metadata(key)).decode("utf-8", "replace") if key in archive.metadata_keys else ""
