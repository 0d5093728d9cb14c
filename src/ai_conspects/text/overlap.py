"""How alike two texts are by their words."""

import math
from collections import defaultdict
from collections.abc import Mapping

from ai_conspects.text.words import telling


def similarity(first: str, second: str, language: str) -> float:
    """The cosine between the texts' content words, rarer ones counting more (tf·rarity): 0 to 1."""
    ours, theirs = _weights(first, language), _weights(second, language)
    return cosine(ours, theirs)


def cosine(one: Mapping[str, float], other: Mapping[str, float]) -> float:
    """The cosine between two texts as terms with weights, 0 to 1."""
    product = sum(weight * other.get(term, 0.0) for term, weight in one.items())
    lengths = math.sqrt(sum(w * w for w in one.values()) * sum(w * w for w in other.values()))
    return min(1.0, product / lengths) if lengths else 0.0


def _weights(text: str, language: str) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for term, weight in telling(text, language):
        weights[term] += weight
    return weights
