"""Lists of words, each a text file beside this one: words between white space, lines that begin with # are remarks."""

from functools import lru_cache
from importlib.resources import files


@lru_cache
def listed(name: str) -> frozenset[str]:
    """The words of the list `name.txt`. Raises `FileNotFoundError` for a list that isn't there."""
    text = (files(__name__) / f"{name}.txt").read_text("utf-8")
    return frozenset(word for line in text.splitlines() if not line.startswith("#") for word in line.split())
