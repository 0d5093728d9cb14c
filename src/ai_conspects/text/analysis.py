"""What content analysis knows about a text, as one value: later steps and engines read it."""

from typing import Literal

from pydantic import BaseModel

from ai_conspects.text.languages import UNKNOWN
from ai_conspects.text.sentences import Sentence

Complexity = Literal["basic", "intermediate", "advanced"]
Kind = Literal["person", "place", "organisation", "other"]


class KeyPhrase(BaseModel, frozen=True):
    """A phrase in its dictionary form («нейронная сеть»). `weight` is its share of the heaviest one's, 0 to 1."""

    text: str
    weight: float
    sentence_ids: tuple[int, ...]


class Topic(BaseModel, frozen=True):
    """A coherent part: sentences `first` to `last`, both included. `language` is that of most of it, a BCP 47 tag."""

    first: int
    last: int
    heading: str
    key_phrases: tuple[str, ...]
    language: str = UNKNOWN


class Named(BaseModel, frozen=True):
    """A name that was said, in the nominative where that is known, what it names, and the ids of its sentences."""

    text: str
    kind: Kind
    sentence_ids: tuple[int, ...]


class ContentAnalysis(BaseModel, frozen=True):
    """`language` is a BCP 47 tag; `suggested_notes` is at least 1 where there is a sentence."""

    language: str
    sentences: tuple[Sentence, ...]
    topics: tuple[Topic, ...]
    key_phrases: tuple[KeyPhrase, ...]
    complexity_level: Complexity
    suggested_notes: int
    named: tuple[Named, ...] = ()
