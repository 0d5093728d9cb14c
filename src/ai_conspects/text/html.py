"""The words of an HTML page, without menus and scripts. By the standard library's parser: it reads whatever comes."""

from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from html.parser import HTMLParser


def _listed(tags: str) -> frozenset[str]:
    return frozenset(tags.split())


_SKIPPED = _listed("script style noscript template svg nav header footer aside")
_BLOCKS = _listed(
    "p div section article main h1 h2 h3 h4 h5 h6 li ul ol dl dd dt table tr td th blockquote pre br hr figure form"
)
_DATES = frozenset({"article:published_time", "datepublished", "date", "dc.date", "citation_publication_date"})
MAX_CHARACTERS = 200_000
"""Of a page's text; what comes after is left unread."""


@dataclass(frozen=True)
class Page:
    """A page's title and text, a line a block; `published` is the day that it tells of itself."""

    title: str
    text: str
    published: date | None


def page_text(html: str) -> Page:
    """What a page says. Never raises."""
    reader = _Reader()
    with suppress(AssertionError):  # what some versions raise at a broken `<![`: what came before it stays
        reader.feed(html)
        reader.close()
    lines = (" ".join(line.split()) for line in "".join(reader.words).split("\n"))
    return Page(" ".join("".join(reader.title).split()), "\n".join(line for line in lines if line), reader.published)


def text_of(fragment: str) -> str:
    """A fragment with tags or entities in it, as plain text on one line."""
    return " ".join(page_text(fragment).text.split()) if "<" in fragment or "&" in fragment else fragment.strip()


@dataclass
class _Reader(HTMLParser):
    words: list[str] = field(default_factory=list)
    title: list[str] = field(default_factory=list)
    published: date | None = None
    _skipping: list[str] = field(default_factory=list)
    _in_title: bool = False
    _length: int = 0

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _SKIPPED or (tag == "sup" and "reference" in (dict(attrs).get("class") or "")):
            self._skipping.append(tag)
        elif tag == "title" and not self.title:
            self._in_title = True
        elif tag == "meta":
            self._meta({key: value or "" for key, value in attrs})
        elif tag in _BLOCKS:
            self.words.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in self._skipping:
            while self._skipping.pop() != tag:
                pass
        elif tag == "title":
            self._in_title = False
        elif tag in _BLOCKS:
            self.words.append("\n")

    def handle_data(self, data: str) -> None:
        if self._in_title:
            self.title.append(data)
        elif not self._skipping and self._length < MAX_CHARACTERS:
            self._length += len(data)
            self.words.append(data)

    def _meta(self, attributes: dict[str, str]) -> None:
        name = attributes.get("property") or attributes.get("name") or attributes.get("itemprop") or ""
        if name.lower() in _DATES and self.published is None:
            try:
                self.published = date.fromisoformat(attributes.get("content", "")[:10])
            except ValueError:
                return
