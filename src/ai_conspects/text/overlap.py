"""What two texts share: the words that both have, rarest first, as a person would read them."""

import math
from collections import defaultdict

from ai_conspects.text.words import content_words, rarity, terms


def shared_terms(first: str, second: str, language: str, limit: int) -> list[str]:
    """At most `limit` dictionary forms that both texts have, those that say most first."""
    ours, theirs = _weights(first, language), _weights(second, language)
    shared = {term: min(ours[term], theirs[term]) for term in ours.keys() & theirs.keys()}
    return sorted(shared, key=lambda term: (-shared[term], term))[:limit]


def similarity(first: str, second: str, language: str) -> float:
    """The cosine between the texts' content words, rarer ones counting more (tf·rarity): 0 to 1."""
    ours, theirs = _weights(first, language), _weights(second, language)
    product = sum(weight * theirs.get(term, 0.0) for term, weight in ours.items())
    lengths = _length(ours) * _length(theirs)
    return min(1.0, product / lengths) if lengths else 0.0


def _weights(text: str, language: str) -> dict[str, float]:
    weights: dict[str, float] = defaultdict(float)
    for word in content_words(text, language):
        for term in terms(word, language):
            weights[term] += rarity(word, language)
    return weights


def _length(weights: dict[str, float]) -> float:
    return math.sqrt(sum(weight * weight for weight in weights.values()))
