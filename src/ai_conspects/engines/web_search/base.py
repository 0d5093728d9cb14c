"""What every search engine does: find pages. Nothing found is an empty list; a page is never made up."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

MAX_QUERY_CHARACTERS = 400


@dataclass(frozen=True)
class Found:
    """A page as the engine returned it. `snippet` is the page's words in plain text, empty where none came.

    `published` is the day that the engine tells; None where it tells none, or tells it in words.
    """

    title: str
    url: str
    snippet: str
    published: date | None = None


class WebSearch(Protocol):
    """A search engine."""

    name: str

    def search(self, phrases: Sequence[str], *, language: str, limit: int) -> list[Found]:
        """At most `limit` pages, the engine's best first; `language` is a BCP 47 tag. They are about all the phrases
        together, or about each where an engine looks up one at a time.

        Raises `EngineUnavailable`, `EngineRejected`, `EngineMisconfigured`.
        """
        ...


def query_of(phrases: Sequence[str]) -> str:
    """The phrases as one query, cut where no engine would read on."""
    return " ".join(phrases)[:MAX_QUERY_CHARACTERS]
