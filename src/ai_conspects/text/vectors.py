"""Sentences of one text as vectors of their words, good for comparing them with each other and nothing else."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from ai_conspects.text.words import content_words, rarity, terms

_VOCABULARY = 1_500


def word_vectors(texts: Sequence[str], language: str) -> NDArray[float32]:
    """Shape `(len(texts), at most 1500)`: lemmas weighed by rarity in the language and in this text; rows of length 1,
    or of zeros where a text holds nothing that tells."""
    weights: dict[str, float] = {}
    counts: list[Counter[str]] = []
    for text in texts:
        count: Counter[str] = Counter()
        for word in content_words(text, language):
            for term in terms(word, language):
                count[term] += 1
                weights[term] = rarity(word, language)
        counts.append(count)
    spread = Counter(term for count in counts for term in count)
    columns = {term: column for column, (term, _) in enumerate(spread.most_common(_VOCABULARY))}
    matrix = np.zeros((len(texts), max(1, len(columns))), dtype=float32)
    for row, count in enumerate(counts):
        for term, times in count.items():
            if term in columns:
                idf = np.log(1 + len(texts) / spread[term])
                matrix[row, columns[term]] = (1 + np.log(times)) * weights[term] * idf
    return unit_rows(matrix)


def unit_rows(matrix: NDArray[float32]) -> NDArray[float32]:
    """The same directions with length 1; rows of zeros stay."""
    lengths = np.linalg.norm(matrix, axis=1, keepdims=True)
    unit: NDArray[float32] = np.divide(matrix, lengths, out=np.zeros_like(matrix), where=lengths > 0)
    return unit
