"""What every search engine does: find pages. Nothing found is an empty list; a page is never made up."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True)
class Found:
    """A page as the engine returned it. `snippet` is its own words, empty where it gave none."""

    title: str
    url: str
    snippet: str


class WebSearch(Protocol):
    """A search engine."""

    name: str

    def search(self, query: str, *, language: str, limit: int) -> list[Found]:
        """At most `limit` pages, the engine's best first.

        Raises `EngineUnavailable`, `EngineRejected`, `EngineMisconfigured`.
        """
        ...
