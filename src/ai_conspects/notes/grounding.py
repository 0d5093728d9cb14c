"""Checks a drafted note against what was said: every claim keeps the words it stands on, or goes.

What those words don't bear out is doubted (`text/checking`); `settled` then marks such claims or drops them.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from ai_conspects.engines.language_model.base import Claim, NoteDraft
from ai_conspects.text.checking.check import LEAST_SUPPORT, Doubt, check
from ai_conspects.text.checking.links import unsaid_links, without_unsaid_links
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.support import support
from ai_conspects.text.told.days import due
from ai_conspects.text.told.headings import to_do

LONGEST_TITLE = 500
LONGEST_HEADING = 100
_WORDS_OF_A_HEADING = 12
_OF_THIS = 0.15
"""What has a smaller share of its telling words in what was said is about something else."""
_SUMMARY = 2
_STRETCHES, _SHORTEST = 10, 5


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
    """A claim, its quotes, and how far their words bear it out: 0 to 1. `due` is the day by which it is to be done.

    `doubts` say why the claim may not be true of those words; one without any holds.
    """

    text: str
    quotes: tuple[Quote, ...]
    support: float
    due: date | None = None
    doubts: tuple[Doubt, ...] = ()

    @property
    def said(self) -> str:
        """The words on which it stands."""
        return " ".join(quote.text for quote in self.quotes)


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
    related_topics: tuple[str, ...] = ()

    def quotes(self) -> list[Quote]:
        """Every quote of the content once, in order of first use: its citations."""
        used = (quote for section in self.sections for claim in section.claims for quote in claim.quotes)
        return list(dict.fromkeys(used))

    def claims(self) -> list[GroundedClaim]:
        """All claims, the summary's first."""
        return [*self.summary, *(claim for section in self.sections for claim in section.claims)]


def ground(
    draft: NoteDraft,
    sentences: Sequence[Sentence],
    language: str,
    spoken_on: date | None = None,
    least_support: float = LEAST_SUPPORT,
) -> GroundedNote | None:
    """The draft without the claims that stand on nothing; None where no claim of its content is left.

    `spoken_on` is the day from which «завтра» and "by Friday" count; without it only full dates are certain. A claim
    with a smaller share of its words in what was said than `least_support` is doubted.
    """
    by_id = {sentence.id: sentence for sentence in sentences}
    all_said = " ".join(sentence.text for sentence in sentences)
    sections = tuple(
        GroundedSection(checked_heading(section.heading, all_said, language), claims)
        for section in draft.sections
        if (claims := ground_claims(section.claims, by_id, language, least_support))
    )
    actions = ground_claims(draft.action_items, by_id, language, least_support)
    if actions:
        dated = tuple(replace(claim, due=_due(claim, language, spoken_on)) for claim in actions)
        sections = (GroundedSection(to_do(language), dated), *sections)
    if not sections:
        return None
    summary = ground_claims(draft.summary, by_id, language, least_support)
    tags = tuple(dict.fromkeys(tag.strip().casefold()[:50] for tag in draft.tags if tag.strip()))
    topics = tuple(dict.fromkeys(topic.strip()[:100] for topic in draft.related_topics if topic.strip()))
    title = _title(draft.title, sections, all_said, language)
    return GroundedNote(title, summary, sections, tags, topics)


def settled(note: GroundedNote, *, drop: bool) -> GroundedNote | None:
    """The note with what is doubted dropped, or left to be marked; None where no claim of its content holds.

    What shares hardly a word with what was said is dropped in any case: no mark would make it a note of this recording.
    A summary has no room for marks: what is doubted goes, and where nothing is left, the first claims that hold come.
    """
    holding = [claim for section in note.sections for claim in section.claims if not claim.doubts]
    if not holding:
        return None
    kept = [replace(s, claims=tuple(c for c in s.claims if not _goes(c, drop))) for s in note.sections]
    summary = tuple(claim for claim in note.summary if not claim.doubts)
    if note.summary and not summary:
        summary = tuple(holding[:_SUMMARY])
    return replace(note, summary=summary, sections=tuple(section for section in kept if section.claims))


def _goes(claim: GroundedClaim, drop: bool) -> bool:
    return bool(claim.doubts) and (drop or ("words" in claim.doubts and claim.support < _OF_THIS))


def _due(claim: GroundedClaim, language: str, spoken_on: date | None) -> date | None:
    """By what was said, not by what an engine made of it."""
    return due(claim.said, language, spoken_on)


def _title(proposed: str, sections: Sequence[GroundedSection], all_said: str, language: str) -> str:
    """The proposed title, if it is one of this recording; else the first heading or the beginning of a claim."""
    wanted = without_unsaid_links(proposed, all_said)
    if not wanted or support(wanted, all_said, language) < _OF_THIS:
        holding = [claim for section in sections for claim in section.claims if not claim.doubts]
        wanted = sections[0].heading or (holding or sections[0].claims)[0].text
    return wanted if len(wanted) <= LONGEST_TITLE else wanted[: LONGEST_TITLE - 1] + "…"


def checked_heading(proposed: str, all_said: str, language: str) -> str:
    """The heading, if it is one: it may be in words that nobody said («Выводы»), unless it is long."""
    heading = without_unsaid_links(proposed, all_said)
    is_short = len(heading.split()) <= _WORDS_OF_A_HEADING and len(heading) <= LONGEST_HEADING
    return heading if is_short or support(heading, all_said, language) >= _OF_THIS else ""


def ground_claims(
    claims: Iterable[Claim], by_id: Mapping[int, Sentence], language: str, least_support: float = LEAST_SUPPORT
) -> tuple[GroundedClaim, ...]:
    """Each claim with its quotes; claims that are empty, name no sentence that exists, or hold an address that wasn't
    said are left out."""
    grounded = []
    for claim in claims:
        quotes = _quotes(claim.sentence_ids, by_id)
        said = " ".join(quote.text for quote in quotes)
        if claim.text.strip() and quotes and not unsaid_links(claim.text, said):
            checked = check(claim.text, said, language, least_support)
            grounded.append(GroundedClaim(claim.text.strip(), quotes, checked.support, doubts=checked.doubts))
    return tuple(grounded)


def is_of_this(text: str, said: str, language: str) -> bool:
    """Whether a text is about what was said at all, and brings in no address that wasn't."""
    return support(text, said, language) >= _OF_THIS and not unsaid_links(text, said)


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
    spoken = seconds(sentences)
    return seconds(s for s in sentences if s.id in cited) / spoken if spoken > 0 else None


def confidence(note: GroundedNote, sentences: Sequence[Sentence]) -> float:
    """How far to trust the note: the mean support of its claims × the speech engine's confidence in the words cited ×
    its reach over the sentences that belong to it.

    A doubted claim counts as not supported. The engine's confidence is the mean over the quotes, weighted by their
    seconds; where it gave none, only support and reach count.
    """
    claims = note.claims()
    supported = sum(0.0 if claim.doubts else claim.support for claim in claims) / len(claims)
    sure = _weighted((quote.heard, (quote.end_s or 0.0) - (quote.start_s or 0.0)) for quote in note.quotes())
    return supported * (1.0 if sure is None else sure) * reach(note, sentences)


def reach(note: GroundedNote, sentences: Sequence[Sentence]) -> float:
    """How evenly a note covers what it is of: of at most `_STRETCHES` equal stretches of at least `_SHORTEST` sentences
    the share that it cites."""
    count = max(1, min(_STRETCHES, len(sentences) // _SHORTEST))
    cited = {sentence_id for claim in note.claims() for quote in claim.quotes for sentence_id in quote.sentence_ids}
    touched = {at * count // len(sentences) for at, sentence in enumerate(sentences) if sentence.id in cited}
    return len(touched) / count


def heard(sentences: Iterable[Sentence]) -> float | None:
    """The mean of the speech engine's confidences, each weighted by its sentence's seconds; None where it gave none."""
    return _weighted((sentence.confidence, seconds([sentence])) for sentence in sentences)


def _weighted(values: Iterable[tuple[float | None, float]]) -> float | None:
    known = [(value, max(weight, 0.0)) for value, weight in values if value is not None]
    total = sum(weight for _, weight in known)
    return sum(value * weight for value, weight in known) / total if total else None


def seconds(sentences: Iterable[Sentence]) -> float:
    """How long they took to say; 0 where nobody knows."""
    return sum(max((s.end_s or 0.0) - (s.start_s or 0.0), 0.0) for s in sentences)
