"""Topics that belong together: neighbours joined, the most alike first."""

from collections.abc import Sequence

import numpy as np
from numpy import float64
from numpy.typing import NDArray

from ai_conspects.text.analysis import Topic
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.vectors import commonest, counts, unit_rows
from ai_conspects.text.words import surfaces

_DISTINCT = 0.025
"""Parts whose cosine is below this are different matters."""
_ENOUGH = 150
"""Words below which a part is no matter of its own."""
_VOCABULARY = 3_000


def groups(sentences: Sequence[Sentence], found: Sequence[Topic], language: str, limit: int) -> list[list[Topic]]:
    """Neighbouring topics joined, the most alike first, until `limit` groups are left."""
    parts = _Parts(sentences, found, language)
    while len(parts.topics) > max(1, limit):
        parts.join(int(np.argmax(parts.likeness())))
    return parts.topics


def suggested_notes(sentences: Sequence[Sentence], found: Sequence[Topic], language: str, limit: int) -> int:
    """How many notes the text deserves, 1 to `limit`: neighbouring parts with hardly a word in common, and enough said
    in each, are different matters."""
    parts = _Parts(sentences, found, language)
    while len(parts.topics) > 1:
        likeness = parts.likeness()
        short = np.minimum(parts.sizes[:-1], parts.sizes[1:]) < _ENOUGH
        at = int(np.argmax(likeness + short))
        if len(parts.topics) <= limit and not short[at] and likeness[at] < _DISTINCT:
            break
        parts.join(at)
    return len(parts.topics)


class _Parts:
    """Groups of topics with their words counted once: joining two adds their rows."""

    def __init__(self, sentences: Sequence[Sentence], found: Sequence[Topic], language: str) -> None:
        self.topics = [[topic] for topic in found]
        texts = [" ".join(s.text for s in sentences[topic.first : topic.last + 1]) for topic in found]
        self.sizes = np.array([len(surfaces(text)) for text in texts])
        counted = counts(texts, language)
        numbers = commonest(counted.spread(), _VOCABULARY)
        kept = numbers[counted.columns] >= 0
        self._times = np.zeros((len(found), int(numbers.max(initial=-1)) + 1))
        self._times[counted.rows[kept], numbers[counted.columns[kept]]] = counted.times[kept]
        self._weights = np.zeros(self._times.shape[1])
        self._weights[numbers[numbers >= 0]] = counted.weights[numbers >= 0]

    def likeness(self) -> NDArray[float64]:
        """The cosine of each part with the next, shape `(parts - 1,)`."""
        said = self._times > 0
        rare = self._weights * np.log(1 + len(self._times) / np.maximum(said.sum(axis=0), 1))
        logs = np.log(self._times, out=np.zeros_like(self._times), where=said)
        vectors = unit_rows(np.where(said, 1 + logs, 0.0) * rare)
        cosines: NDArray[float64] = (vectors[:-1] * vectors[1:]).sum(axis=1)
        return cosines

    def join(self, at: int) -> None:
        """Make one of the parts `at` and `at + 1`."""
        self.topics[at : at + 2] = [self.topics[at] + self.topics[at + 1]]
        self.sizes[at] += self.sizes[at + 1]
        self.sizes = np.delete(self.sizes, at + 1)
        self._times[at] += self._times[at + 1]
        self._times = np.delete(self._times, at + 1, axis=0)
