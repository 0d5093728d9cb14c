"""The part of a recording of which one note is made: a text of its own, and the way back to the recording's numbers."""

from collections.abc import Sequence
from dataclasses import dataclass

from ai_conspects.notes.basis import Basis, runs
from ai_conspects.text.analysis import ContentAnalysis, Topic


@dataclass(frozen=True)
class Stretch:
    """The analysis of some sentences, numbered from 0, and their numbers in the whole. `share` of its seconds."""

    analysis: ContentAnalysis
    numbers: tuple[int, ...]

    def numbered_as_said(self, basis: Basis) -> Basis:
        """The basis with the recording's own numbers."""
        ids = [self.numbers[at] for first, last in basis.sentences for at in range(first, last + 1)]
        return basis.model_copy(update={"sentences": runs(ids)})


def stretch(whole: ContentAnalysis, spans: Sequence[tuple[int, int]]) -> Stretch:
    """The sentences of these runs alone."""
    kept = [s for s in whole.sentences if any(first <= s.id <= last for first, last in spans)]
    new = {sentence.id: at for at, sentence in enumerate(kept)}
    topics = [_moved(topic, new) for topic in whole.topics]
    phrases = [
        phrase.model_copy(update={"sentence_ids": tuple(new[i] for i in phrase.sentence_ids if i in new)})
        for phrase in whole.key_phrases
        if any(i in new for i in phrase.sentence_ids)
    ]
    analysis = whole.model_copy(
        update={
            "sentences": tuple(s.model_copy(update={"id": at}) for at, s in enumerate(kept)),
            "topics": tuple(topic for topic in topics if topic),
            "key_phrases": tuple(phrases),
            "suggested_notes": 1,
        }
    )
    return Stretch(analysis, tuple(new))


def _moved(topic: Topic, new: dict[int, int]) -> Topic | None:
    inside = [new[i] for i in range(topic.first, topic.last + 1) if i in new]
    return topic.model_copy(update={"first": inside[0], "last": inside[-1]}) if inside else None
