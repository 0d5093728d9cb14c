"""Drafts of a recording's notes: asked for at once where it is short, else part by part (map) and then once (reduce).

Nothing is cut away: what is too long for an answer is asked in halves, and a part that the reduction forgot is added.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ai_conspects.engines.errors import EngineRejected
from ai_conspects.engines.language_model.base import Claim, NoteDraft, PartFacts, Section, T
from ai_conspects.notes.grounding import checked_heading, is_of_this
from ai_conspects.pipeline.note_parts import Line, cut, lines_of, together
from ai_conspects.pipeline.note_questions import Question, Questions
from ai_conspects.pipeline.paid_answers import PaidAnswers

LEAST_TO_HALVE = 4
"""Lines: what is too long with fewer isn't mended by halving."""
SHARE_FOR_FACTS = 0.6
"""Of the context, when the facts of all parts are read at once."""


def draft(questions: Questions, answers: PaidAnswers) -> list[NoteDraft]:
    """The notes as the model proposes them. Raises the engine's errors."""
    lines = lines_of(questions.analysis.sentences)
    model = answers.model
    borders = frozenset(topic.first for topic in questions.analysis.topics)
    parts = answers.parts(lines, lambda: cut(lines, model.part_tokens, model.tokens, borders))
    most = questions.asked.max_notes_per_recording
    if len(parts) == 1:
        return together(_solved(answers, parts, questions.notes), most)
    answers.expected = len(parts) + 1
    facts = _facts(questions, answers, parts)
    numbered = [
        Line(number, fact.text, fact.heading) for number, fact in enumerate(fact for part in facts for fact in part)
    ]
    if not numbered:
        return []
    runs = cut(numbered, int(model.context_tokens * SHARE_FOR_FACTS), model.tokens)
    drafts = _solved(answers, runs, questions.joined)
    ids = [fact.sentence_ids for part in facts for fact in part]
    notes = [_on_sentences(note, ids) for note in together(drafts, most)]
    return notes if questions.asked.analysis_depth == "brief" else _with_forgotten(notes, facts)


@dataclass(frozen=True)
class Fact:
    """A statement of a part, on sentences that are there."""

    text: str
    heading: str
    sentence_ids: tuple[int, ...]


def _facts(questions: Questions, answers: PaidAnswers, parts: list[list[Line]]) -> list[list[Fact]]:
    """The facts of each part; a statement that names no sentence of its part, or is about something else, is none."""
    numbers = {run[0].id: number for number, run in enumerate(parts, start=1)}

    def question(run: list[Line]) -> Question[PartFacts]:
        number = max(number for first, number in numbers.items() if first <= run[0].id)
        return questions.facts(run, number, len(parts))

    found = _solved(answers, parts, question)
    language, all_said = questions.analysis.language, " ".join(line.text for run in parts for line in run)
    flat = [
        Fact(
            " ".join(claim.text.split()),
            checked_heading(section.heading, all_said, language),
            tuple(claim.sentence_ids),
        )
        for told in found
        for section in told.sections
        for claim in section.claims
    ]
    return [_within(flat, run, language) for run in parts]


def _within(facts: list[Fact], run: list[Line], language: str) -> list[Fact]:
    """The facts that stand on sentences of this run, each on these alone, and are about what they say."""
    first, last = run[0].id, run[-1].id
    texts = {line.id: line.text for line in run}
    kept = []
    for fact in facts:
        ids = tuple(sorted({i for i in fact.sentence_ids if first <= i <= last}))
        if ids and is_of_this(fact.text, " ".join(texts[i] for i in ids if i in texts), language):
            kept.append(Fact(fact.text, fact.heading, ids))
    return kept


def _solved(answers: PaidAnswers, runs: Sequence[list[Line]], question: Callable[[list[Line]], Question[T]]) -> list[T]:
    """An answer for each run, in order; a run that is too long, or whose answer is, is asked in halves."""
    solved: list[T] = []
    for run, answer in zip(runs, answers.ask([question(run) for run in runs]), strict=True):
        if not isinstance(answer, EngineRejected):
            solved.append(answer)
        elif len(run) < LEAST_TO_HALVE:
            raise answer
        else:
            middle = len(run) // 2
            solved += _solved(answers, [run[:middle], run[middle:]], question)
    return solved


def _on_sentences(note: NoteDraft, ids: list[tuple[int, ...]]) -> NoteDraft:
    """The note with the sentences in place of the facts that it names."""

    def moved(claims: list[Claim]) -> list[Claim]:
        return [
            Claim(text=c.text, sentence_ids=sorted({i for n in c.sentence_ids if 0 <= n < len(ids) for i in ids[n]}))
            for c in claims
        ]

    sections = [Section(heading=one.heading, claims=moved(one.claims)) for one in note.sections]
    changed = {"summary": moved(note.summary), "sections": sections, "action_items": moved(note.action_items)}
    return note.model_copy(update=changed)


def _with_forgotten(notes: list[NoteDraft], facts: list[list[Fact]]) -> list[NoteDraft]:
    """Each part of which no fact was taken gives its own to the note that stands before it."""
    notes = list(notes)
    for part in facts:
        named = {i for fact in part for i in fact.sentence_ids}
        cited = [_cited(note) for note in notes]
        if not notes or not part or any(named & ids for ids in cited):
            continue
        before = [max((i for i in ids if i < min(named)), default=-1) for ids in cited]
        at = before.index(max(before))
        sections = sorted([*notes[at].sections, *_sections(part)], key=_first_sentence)
        notes[at] = notes[at].model_copy(update={"sections": sections})
    return notes


def _sections(part: list[Fact]) -> list[Section]:
    headings = dict.fromkeys(fact.heading for fact in part)
    return [
        Section(
            heading=heading,
            claims=[
                Claim(text=fact.text, sentence_ids=list(fact.sentence_ids)) for fact in part if fact.heading == heading
            ],
        )
        for heading in headings
    ]


def _cited(note: NoteDraft) -> set[int]:
    claims = [*note.action_items, *(claim for section in note.sections for claim in section.claims)]
    return {i for claim in claims for i in claim.sentence_ids}


def _first_sentence(section: Section) -> int:
    return min((i for claim in section.claims for i in claim.sentence_ids), default=0)
