"""Long recordings whole: parts that a model can read at once, and their drafts put together again."""

from collections.abc import Sequence
from itertools import pairwise

from ai_conspects.core.prompts import estimated_tokens
from ai_conspects.engines.language_model.base import NoteDraft, NoteDrafts
from ai_conspects.text.analysis import ContentAnalysis, Topic
from ai_conspects.text.sentences import Sentence

SHARE_FOR_INPUT = 0.6
"""Of the model's context; the rest is for the instructions and the answer."""


def parts(analysis: ContentAnalysis, context_tokens: int) -> list[ContentAnalysis]:
    """The analysis cut into runs of sentences that fit the context each; usually one. Nothing is left out."""
    budget = context_tokens * SHARE_FOR_INPUT
    runs: list[list[Sentence]] = [[]]
    used = 0.0
    topic_starts = {topic.first for topic in analysis.topics}
    for sentence in analysis.sentences:
        cost = estimated_tokens(numbered(sentence))
        full = used + cost > budget
        nearly_full_at_a_border = used > budget * 0.75 and sentence.id in topic_starts
        if runs[-1] and (full or nearly_full_at_a_border):
            runs.append([])
            used = 0.0
        runs[-1].append(sentence)
        used += cost
    return [_part(analysis, run) for run in runs] if len(runs) > 1 else [analysis]


def numbered(sentence: Sentence) -> str:
    """A sentence as a model reads it."""
    return f"[{sentence.id}] {sentence.text}"


def together(drafts: Sequence[NoteDrafts], max_notes: int) -> list[NoteDraft]:
    """The parts' notes in order; while there are too many, the two neighbours with the fewest claims become one."""
    notes = [note for draft in drafts for note in draft.notes]
    while len(notes) > max_notes:
        sizes = [_claims(first) + _claims(second) for first, second in pairwise(notes)]
        at = sizes.index(min(sizes))
        notes[at : at + 2] = [_joined(notes[at], notes[at + 1])]
    return notes


def _part(analysis: ContentAnalysis, run: Sequence[Sentence]) -> ContentAnalysis:
    first, last = run[0].id, run[-1].id
    inside = [topic for topic in analysis.topics if topic.first <= last and topic.last >= first]
    return analysis.model_copy(
        update={
            "sentences": tuple(run),
            "topics": tuple(_clipped(topic, first, last) for topic in inside),
            "key_phrases": tuple(p for p in analysis.key_phrases if any(first <= i <= last for i in p.sentence_ids)),
        }
    )


def _clipped(topic: Topic, first: int, last: int) -> Topic:
    return topic.model_copy(update={"first": max(topic.first, first), "last": min(topic.last, last)})


def _claims(note: NoteDraft) -> int:
    return sum(len(section.claims) for section in note.sections)


def _joined(first: NoteDraft, second: NoteDraft) -> NoteDraft:
    return NoteDraft(
        title=first.title,
        summary=[*first.summary, *second.summary],
        sections=[*first.sections, *second.sections],
        tags=list(dict.fromkeys([*first.tags, *second.tags])),
        action_items=[*first.action_items, *second.action_items],
    )
