"""Several search engines as one: each is asked, and their pages stand one after the other."""

from collections.abc import Sequence
from itertools import chain, zip_longest

from ai_conspects.engines.web_search.base import Found, WebSearch


class Several:
    """A `WebSearch` that asks all of `engines`, in their order. One that fails fails the whole: nothing is left out in
    silence."""

    def __init__(self, engines: Sequence[WebSearch]) -> None:
        self.name = "+".join(engine.name for engine in engines)
        self._engines = engines

    def search(self, phrases: Sequence[str], *, language: str, limit: int) -> list[Found]:
        """See `WebSearch`; the engines' best first, in turns."""
        answers = [engine.search(phrases, language=language, limit=limit) for engine in self._engines]
        return [page for page in chain.from_iterable(zip_longest(*answers)) if page is not None][:limit]
