"""Long recordings whole: parts that a model can read well at once, and their notes put together again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from ai_conspects.engines.language_model.base import NoteDraft, NoteDrafts
from ai_conspects.text.analysis import ContentAnalysis, Topic
from ai_conspects.text.sentences import Sentence

NEARLY_FULL = 0.6
"""From this share on, a part ends where a topic does."""


@dataclass(frozen=True)
class Line:
    """A numbered line as a model reads it: a sentence, or a fact; `heading` stands above the first of its kind."""

    id: int
    text: str
    heading: str = ""

    def __str__(self) -> str:
        return f"[{self.id}] {self.text}"


def lines_of(sentences: Sequence[Sentence]) -> list[Line]:
    """The sentences as lines."""
    return [Line(sentence.id, sentence.text) for sentence in sentences]


def written(lines: Sequence[Line]) -> str:
    """The lines as they are sent, each heading once above those that it is of."""
    shown: list[str] = []
    heading = ""
    for line in lines:
        if line.heading != heading:
            heading = line.heading
            shown.append(f"# {heading}")
        shown.append(str(line))
    return "\n".join(shown)


def cut(
    lines: Sequence[Line], budget: int, tokens: Callable[[str], int], borders: frozenset[int] = frozenset()
) -> list[list[Line]]:
    """Runs of lines of at most so many tokens each (a single longer line is one); nothing is left out.

    `borders` are ids of lines that begin a topic: there a run likes to end. The runs are about equally long.
    """
    costs = [tokens(str(line)) + 1 for line in lines]
    if sum(costs) <= budget:
        return [list(lines)] if lines else []
    even = min(budget, int(1.1 * sum(costs) / -(-sum(costs) // budget)))
    runs: list[list[Line]] = [[]]
    used = 0
    for line, cost in zip(lines, costs, strict=True):
        if runs[-1] and (used + cost > even or (used > even * NEARLY_FULL and line.id in borders)):
            runs.append([])
            used = 0
        runs[-1].append(line)
        used += cost
    return runs


def part_of(analysis: ContentAnalysis, first: int, last: int) -> ContentAnalysis:
    """The analysis of the sentences `first` to `last`."""
    inside = [topic for topic in analysis.topics if topic.first <= last and topic.last >= first]
    return analysis.model_copy(
        update={
            "sentences": tuple(sentence for sentence in analysis.sentences if first <= sentence.id <= last),
            "topics": tuple(_clipped(topic, first, last) for topic in inside),
            "key_phrases": tuple(p for p in analysis.key_phrases if any(first <= i <= last for i in p.sentence_ids)),
        }
    )


def together(drafts: Sequence[NoteDrafts], max_notes: int) -> list[NoteDraft]:
    """The parts' notes in order; while there are too many, the two neighbours with the fewest claims become one."""
    notes = [note for draft in drafts for note in draft.notes]
    while len(notes) > max_notes:
        sizes = [_claims(first) + _claims(second) for first, second in pairwise(notes)]
        at = sizes.index(min(sizes))
        notes[at : at + 2] = [_joined(notes[at], notes[at + 1])]
    return notes


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
        related_topics=list(dict.fromkeys([*first.related_topics, *second.related_topics])),
    )
