"""The chapters of the Debian Administrator's Handbook, as Debian ships it in HTML, in one language.

It is under the GPL or CC BY-SA and not part of this repository.
"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

from ai_conspects.text.languages import base, detect
from ai_conspects.text.sentences import Sentence, from_text

_FEWEST = 4
"""Titles and paragraphs of an outline."""
_LEAST = 400
"""Words of a chapter in its language."""
_LETTERS_A_WORD = 6


@dataclass(frozen=True)
class Chapter:
    """Its outline, by its authors: the opening paragraph and the titles of its sections; and all else as sentences."""

    outline: str
    sentences: tuple[Sentence, ...]


def chapters(folder: Path, language: str) -> list[Chapter]:
    """Those with enough text in the language, by name, as not everything is translated everywhere.

    Raises `FileNotFoundError` for a language that isn't there.
    """
    root = next((path for path in sorted(folder.iterdir()) if base(path.name) == language), folder / language)
    pages = {page.name: _page(page) for page in sorted(root.glob("*.html"))}
    if not pages:
        raise FileNotFoundError(f"no pages in {root}")
    found = (_chapter(page, pages, language) for page in pages.values() if page.is_chapter and page.texts)
    return [chapter for chapter in found if chapter is not None]


def _chapter(page: "_Page", pages: dict[str, "_Page"], language: str) -> Chapter | None:
    below = [text for name in page.sections if name in pages for text in pages[name].texts]
    spoken = [text for text in [*page.texts[1:], *below] if detect(text)[0] == language]
    outline = [text for text in [page.texts[0], *page.titles] if detect(text)[0] == language]
    letters = _LETTERS_A_WORD if language not in {"zh", "ja"} else 2
    if len(outline) < _FEWEST or sum(map(len, spoken)) < _LEAST * letters:
        return None
    return Chapter("\n".join(outline), from_text("\n".join(spoken), language))


@dataclass
class _Page(HTMLParser):
    """Paragraphs of running text, the titles of its sections, whether it begins a chapter, and its sections' pages."""

    texts: list[str] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)
    sections: list[str] = field(default_factory=list)
    is_chapter: bool = False

    def __post_init__(self) -> None:
        super().__init__()
        self._open = False
        self._aside = 0
        self._titled = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = dict(attrs)
        kind = values.get("class") or ""
        if tag == "div" and (self._aside or kind in {"sidebar", "toc", "highlights", "note", "informalexample"}):
            self._aside += 1
        if tag == "span" and kind == "section":
            self._titled = True
            self.titles.append("")
        self.is_chapter |= tag == "div" and kind == "chapter"
        name = (values.get("href") or "").partition("#")[0]
        if tag == "a" and name.startswith("sect.") and name not in self.sections:
            self.sections.append(name)
        if (tag == "p" or (tag == "div" and kind == "para")) and not self._aside:
            self._open = True
            self.texts.append("")

    def handle_endtag(self, tag: str) -> None:
        if tag == "div" and self._aside:
            self._aside -= 1
        if tag in {"p", "div"}:
            self._open = False
        if tag == "span":
            self._titled = False

    def handle_data(self, data: str) -> None:
        if self._open:
            self.texts[-1] += data
        if self._titled:
            self.titles[-1] += data.lstrip("0123456789. \n")


def _page(path: Path) -> _Page:
    page = _Page()
    page.feed(path.read_text("utf-8"))
    page.texts = [" ".join(text.split()) for text in page.texts if text.strip()]
    return page
