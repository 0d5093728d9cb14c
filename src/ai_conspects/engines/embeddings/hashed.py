"""Embeddings without a model: words and pieces of words, hashed. They find a word's other forms, not its synonyms."""

from collections import Counter
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Literal

import numpy as np
from numpy import float32
from numpy.typing import NDArray

from ai_conspects.text.languages import UNKNOWN
from ai_conspects.text.words import is_stop_word, rarity, terms, words

_GRAMS = (4, 5)
_GRAM_WEIGHT = 0.5
_STOP_WEIGHT = 0.1


class HashedEmbeddings:
    """The space depends on nothing but the number of dimensions, in every process and on every machine.

    `v1` names the recipe: whoever changes what is hashed, or how it is weighed, gives it a new number.
    """

    def __init__(self, dimensions: int = 384) -> None:
        self.dimensions = dimensions
        self.model = f"hashed-v1-{dimensions}"

    def embed(self, texts: Sequence[str], *, kind: Literal["query", "passage"]) -> NDArray[float32]:
        """Shape `(len(texts), dimensions)`; rows of length 1, of zeros for a text without words. Never raises."""
        del kind  # both are made the same way
        rows = np.zeros((len(texts), self.dimensions), dtype=np.float64)
        for row, text in zip(rows, texts, strict=True):
            for word, times in Counter(words(text)).items():
                columns, values = _features(word, self.dimensions)
                np.add.at(row, columns, values * (1 + np.log(times)))
        lengths = np.linalg.norm(rows, axis=1, keepdims=True)
        unit: NDArray[float32] = np.divide(rows, lengths, out=np.zeros_like(rows), where=lengths > 0).astype(float32)
        return unit


@lru_cache(maxsize=50_000)
def _features(word: str, dimensions: int) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
    """The columns that a folded word adds to, and what.

    The language isn't known here: Cyrillic words are taken as Russian and Latin ones as English, queries and passages
    alike, so that they meet in any language.
    """
    weight = rarity(word, UNKNOWN) * (_STOP_WEIGHT if is_stop_word(word, UNKNOWN) else 1.0)
    lemma = terms(word, UNKNOWN)
    pieces = [piece for size in _GRAMS for piece in _pieces(f"<{word}>", size)]
    units = [f"l:{term}" for term in lemma] + [f"g:{piece}" for piece in pieces]
    shares = [weight] * len(lemma) + [weight * _GRAM_WEIGHT / max(1.0, len(pieces) ** 0.5)] * len(pieces)
    digests = [int.from_bytes(blake2b(unit.encode(), digest_size=8).digest(), "little") for unit in units]
    columns = np.array([digest % dimensions for digest in digests], dtype=np.intp)
    signs = np.array([1.0 if digest >> 63 else -1.0 for digest in digests])
    return columns, signs * np.array(shares)


def _pieces(word: str, size: int) -> list[str]:
    return [word[at : at + size] for at in range(len(word) - size + 1)]
