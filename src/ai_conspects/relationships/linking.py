"""Chooses a note's relationships among what the rules find of it and its candidates. No database here."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from math import sqrt
from uuid import UUID

from ai_conspects.models.note_relationship import RelationshipType
from ai_conspects.relationships.reading import Reading
from ai_conspects.relationships.reasons import stands
from ai_conspects.relationships.rules import Finding, judge
from ai_conspects.text import overlap

KEPT = 5
LEAST_STRENGTH = 0.17
"""Notes that are merely about the same are left alone where they are less alike than this."""


Key = tuple[UUID, UUID, RelationshipType]
"""The older note, the newer, and what they are to each other."""


@dataclass(frozen=True)
class Candidate:
    """Another note of the same owner; `cosine` is that of both embeddings, None where one is not there yet."""

    reading: Reading
    cosine: float | None


@dataclass(frozen=True)
class Link:
    """A relationship that was found; `older` and `newer` are its notes."""

    older: Reading
    newer: Reading
    finding: Finding

    @property
    def key(self) -> Key:
        """What tells it from others."""
        return self.older.id, self.newer.id, self.finding.type


def links(note: Reading, candidates: Sequence[Candidate], refused: Collection[Key] = ()) -> list[Link]:
    """The note's strongest relationships but those refused. It continues one other note at most, and one other
    continues it."""
    found = [link for one in candidates if (link := _link(note, one)) is not None and link.key not in refused]
    found.sort(key=lambda link: -link.finding.strength)
    ends: set[tuple[bool, bool]] = set()
    kept: list[Link] = []
    for link in found:
        if link.finding.type == RelationshipType.CONTINUES:
            end = (link.newer is note, True)
            if end in ends:
                continue
            ends.add(end)
        kept.append(link)
    return kept[:KEPT]


def likeness(one: Reading, other: Reading, cosine: float | None) -> float:
    """How much two notes are about the same: the geometric mean of two cosines, 0 to 1.

    One is between the notes' embeddings, the other between their words (rarer ones counting more); both must agree, so
    that neither a vague direction nor a chance word alone makes a relationship. Without embeddings, that of the words.
    """
    by_words = overlap.cosine(one.terms, other.terms)
    return by_words if cosine is None else sqrt(max(cosine, 0.0) * by_words)


def _link(note: Reading, candidate: Candidate) -> Link | None:
    older, newer = sorted((note, candidate.reading), key=lambda one: (one.created_at, one.id))
    alike = likeness(older, newer, candidate.cosine)
    finding = judge(older, newer, alike)
    if finding is None or not stands(finding, older, newer):
        return None
    if finding.type == RelationshipType.RELATED and alike < LEAST_STRENGTH:
        return None
    return Link(older, newer, finding)
