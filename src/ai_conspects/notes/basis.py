"""What a note stands on, as its row keeps it: its claims with their figures, its part of the recording, its prompt."""

from collections.abc import Iterable, Sequence
from itertools import pairwise

from pydantic import BaseModel

from ai_conspects.notes.grounding import GroundedClaim, GroundedNote
from ai_conspects.notes.markdown import numbered
from ai_conspects.text.checking.check import Doubt
from ai_conspects.text.sentences import Sentence


class ClaimBasis(BaseModel):
    """A claim. `citations` are positions of the note's citations; `section` is None in the summary."""

    section: str | None
    text: str
    citations: list[int]
    support: float
    doubts: list[Doubt]


class Basis(BaseModel):
    """`sentences` are runs of ids, first and last, of the recording's sentences that belong to the note."""

    claims: list[ClaimBasis] = []
    sentences: list[tuple[int, int]] = []
    template: str | None = None
    prompt: str | None = None
    related_topics: list[str] = []


def basis(note: GroundedNote, sentences: Sequence[Sentence], template: str | None, prompt: str | None) -> Basis:
    """What this note stands on."""
    numbers = numbered(note)

    def of(section: str | None, claims: Iterable[GroundedClaim]) -> list[ClaimBasis]:
        return [
            ClaimBasis(
                section=section,
                text=claim.text,
                citations=[numbers[quote] for quote in claim.quotes if quote in numbers],
                support=round(claim.support, 3),
                doubts=list(claim.doubts),
            )
            for claim in claims
        ]

    claims = [*of(None, note.summary), *(one for s in note.sections for one in of(s.heading, s.claims))]
    return Basis(
        claims=claims,
        sentences=runs([sentence.id for sentence in sentences]),
        template=template,
        prompt=prompt,
        related_topics=list(note.related_topics),
    )


def runs(ids: Sequence[int]) -> list[tuple[int, int]]:
    """Rising numbers as runs without a gap, first and last."""
    ends = [first for first, second in pairwise(ids) if second != first + 1] + list(ids[-1:])
    begins = list(ids[:1]) + [second for first, second in pairwise(ids) if second != first + 1]
    return list(zip(begins, ends, strict=True))
