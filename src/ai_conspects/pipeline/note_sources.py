"""Which of a recording's sources belong to one of its notes: those about what that note is about."""

from collections.abc import Sequence

from ai_conspects.notes.writing import NewSource
from ai_conspects.pipeline.research_augmentation import FoundSource
from ai_conspects.text.analyze import analyze
from ai_conspects.text.relevance import relevance, subject
from ai_conspects.text.sentences import Sentence


def shared_out(
    found: Sequence[FoundSource], shares: Sequence[Sequence[Sentence]], language: str, least: float
) -> list[tuple[NewSource, ...]]:
    """For each note, by the sentences that belong to it, the sources of at least that relevance to it, best first.

    A recording's only note has all of the recording's.
    """
    if len(shares) == 1 or not found:
        return [tuple(_kept(source, source.relevance) for source in found) for _ in shares]
    return [_of_note(found, share, language, least) for share in shares]


def _of_note(
    found: Sequence[FoundSource], share: Sequence[Sentence], language: str, least: float
) -> tuple[NewSource, ...]:
    of = subject(analyze(share, language))
    rated = [(relevance(f"{source.title}. {source.quote}", of), source) for source in found]
    kept = sorted((one for one in rated if one[0] >= least), key=lambda one: -one[0])
    return tuple(_kept(source, figure) for figure, source in kept)


def _kept(source: FoundSource, figure: float) -> NewSource:
    url = None if source.url.startswith("zim:") else source.url  # a file on this machine leads its reader nowhere
    return NewSource(source.title, url, source.type, figure, source.quote, source.published)
