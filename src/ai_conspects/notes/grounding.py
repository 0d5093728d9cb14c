"""Checks a drafted note against what was said: every claim keeps the words it stands on, or goes."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ai_conspects.engines.language_model.base import Claim, NoteDraft
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.support import support
from ai_conspects.text.told.days import due
from ai_conspects.text.told.headings import to_do

LONGEST_TITLE = 500


@dataclass(frozen=True)
class Quote:
    """A run of neighbouring sentences: the words on which a claim stands.

    Times are seconds of the recording, None where the text came without any.

    `heard` is the speech engine's confidence in them, 0 to 1, None where it gave none.
    """

    sentence_ids: tuple[int, ...]
    text: str
    start_s: float | None
    end_s: float | None
    heard: float | None


@dataclass(frozen=True)
class GroundedClaim:
    """A claim, its quotes, and how far their words bear it out: 0 to 1. `due` is the day by which it is to be done."""

    text: str
    quotes: tuple[Quote, ...]
    support: float
    due: date | None = None


@dataclass(frozen=True)
class GroundedSection:
    """A heading and what is said under it."""

    heading: str
    claims: tuple[GroundedClaim, ...]


@dataclass(frozen=True)
class GroundedNote:
    """A note that stands on what was said. What is to be done is the first of its sections, if there is anything."""

    title: str
    summary: tuple[GroundedClaim, ...]
    sections: tuple[GroundedSection, ...]
    tags: tuple[str, ...]

    def quotes(self) -> list[Quote]:
        """Every quote of the content once, in order of first use: its citations."""
        used = (quote for section in self.sections for claim in section.claims for quote in claim.quotes)
        return list(dict.fromkeys(used))

    def claims(self) -> list[GroundedClaim]:
        """All claims, the summary's first."""
        return [*self.summary, *(claim for section in self.sections for claim in section.claims)]


def ground(
    draft: NoteDraft, sentences: Sequence[Sentence], language: str, spoken_on: date | None = None
) -> GroundedNote | None:
    """The draft without the claims that stand on nothing; None where no claim of its content is left.

    `spoken_on` is the day from which «завтра» and "by Friday" count; without it only full dates are certain.
    """
    by_id = {sentence.id: sentence for sentence in sentences}
    sections = tuple(
        GroundedSection(section.heading.strip(), claims)
        for section in draft.sections
        if (claims := ground_claims(section.claims, by_id, language))
    )
    actions = ground_claims(draft.action_items, by_id, language)
    if actions:
        dated = tuple(replace(claim, due=_due(claim, language, spoken_on)) for claim in actions)
        sections = (GroundedSection(to_do(language), dated), *sections)
    if not sections:
        return None
    summary = ground_claims(draft.summary, by_id, language)
    tags = tuple(dict.fromkeys(tag.strip().casefold()[:50] for tag in draft.tags if tag.strip()))
    return GroundedNote(_title(draft.title, sections), summary, sections, tags)


def _due(claim: GroundedClaim, language: str, spoken_on: date | None) -> date | None:
    """By what was said, not by what an engine made of it."""
    return due(" ".join(quote.text for quote in claim.quotes), language, spoken_on)


def _title(proposed: str, sections: Sequence[GroundedSection]) -> str:
    """The proposed title; where a model gave none, the first heading or the beginning of the first claim."""
    title = " ".join(proposed.split()) or sections[0].heading or sections[0].claims[0].text
    return title if len(title) <= LONGEST_TITLE else title[: LONGEST_TITLE - 1] + "…"


def ground_claims(claims: Iterable[Claim], by_id: Mapping[int, Sentence], language: str) -> tuple[GroundedClaim, ...]:
    """Each claim with its quotes; claims that are empty or name no sentence that exists are left out."""
    grounded = []
    for claim in claims:
        quotes = _quotes(claim.sentence_ids, by_id)
        if claim.text.strip() and quotes:
            said = " ".join(quote.text for quote in quotes)
            grounded.append(GroundedClaim(claim.text.strip(), quotes, support(claim.text, said, language)))
    return tuple(grounded)


def _quotes(ids: Iterable[int], by_id: Mapping[int, Sentence]) -> tuple[Quote, ...]:
    runs: list[list[int]] = []
    for sentence_id in sorted(set(ids) & by_id.keys()):
        if runs and sentence_id == runs[-1][-1] + 1:
            runs[-1].append(sentence_id)
        else:
            runs.append([sentence_id])
    return tuple(_quote([by_id[sentence_id] for sentence_id in run]) for run in runs)


def _quote(run: list[Sentence]) -> Quote:
    return Quote(
        tuple(sentence.id for sentence in run),
        " ".join(sentence.text for sentence in run),
        run[0].start_s,
        run[-1].end_s,
        heard(run),
    )


def coverage(quotes: Iterable[Quote], sentences: Sequence[Sentence]) -> float | None:
    """The share of the speech, in seconds, that the quotes span; None where nothing has a time."""
    cited = {sentence_id for quote in quotes for sentence_id in quote.sentence_ids}
    spoken = _seconds(sentences)
    return _seconds(s for s in sentences if s.id in cited) / spoken if spoken > 0 else None


def confidence(note: GroundedNote) -> float:
    """How far to trust the note: the mean support of its claims × the speech engine's confidence in the words cited.

    The latter is the mean over the quotes, weighted by their seconds; where the engine gave none, only support counts.
    """
    claims = note.claims()
    supported = sum(claim.support for claim in claims) / len(claims)
    sure = _weighted((quote.heard, (quote.end_s or 0.0) - (quote.start_s or 0.0)) for quote in note.quotes())
    return supported * (1.0 if sure is None else sure)


def heard(sentences: Iterable[Sentence]) -> float | None:
    """The mean of the speech engine's confidences, each weighted by its sentence's seconds; None where it gave none."""
    return _weighted((sentence.confidence, _seconds([sentence])) for sentence in sentences)


def _weighted(values: Iterable[tuple[float | None, float]]) -> float | None:
    known = [(value, max(weight, 0.0)) for value, weight in values if value is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def _seconds(sentences: Iterable[Sentence]) -> float:
    return sum(max((s.end_s or 0.0) - (s.start_s or 0.0), 0.0) for s in sentences)
