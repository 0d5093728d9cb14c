"""ZIM files made by libzim's own writer, with a full-text index, as Kiwix's are."""

from pathlib import Path

from libzim.writer import Creator, Hint, Item, StringProvider

Article = tuple[str, str, str]
"""Path, title, HTML."""


class _Page(Item):  # type: ignore[misc]  # libzim's stubs say nothing of their base
    def __init__(self, path: str, title: str, html: str) -> None:
        super().__init__()
        self._path, self._title, self._html = path, title, html

    def get_path(self) -> str:
        return self._path

    def get_title(self) -> str:
        return self._title

    def get_mimetype(self) -> str:
        return "text/html"

    def get_contentprovider(self) -> StringProvider:
        return StringProvider(self._html)

    def get_hints(self) -> dict[Hint, int]:
        return {Hint.FRONT_ARTICLE: True}


def a_zim(file: Path, articles: list[Article], *, language: str, source: str = "", indexed: bool = True) -> Path:
    """A ZIM file with these articles. `language` is of three letters."""
    with Creator(file).config_indexing(indexed, language) as creator:
        creator.set_mainpath(articles[0][0])
        for path, title, text in articles:
            creator.add_item(_Page(path, title, text))
        about = {"Language": language, "Title": "Test", "Date": "2026-01-15", "Name": "test", "Source": source}
        for name, value in about.items():
            if value:
                creator.add_metadata(name, value)
    return file


RUSSIAN: list[Article] = [
    (
        "Фотосинтез",
        "Фотосинтез",
        "<html><head><title>Фотосинтез</title></head><body><nav>Меню</nav><h1>Фотосинтез</h1>"
        "<p>Растения бывают разные. Это самое начало.</p>"
        "<p>Фотосинтез превращает энергию света в химическую<sup class='reference'>[1]</sup>. "
        "Он идёт в хлоропластах.</p>"
        "<script>фотосинтез()</script></body></html>",
    ),
    ("Бетон", "Бетон", "<html><body><p>Бетон получают из цемента, песка и воды.</p></body></html>"),
]
ENGLISH: list[Article] = [
    (
        "Photosynthesis",
        "Photosynthesis",
        "<html><body><p>Plants differ.</p>"
        "<p>Photosynthesis turns light into chemical energy in chloroplasts.</p></body></html>",
    ),
    ("Concrete", "Concrete", "<html><body><p>Concrete is made of cement, sand and water.</p></body></html>"),
]
