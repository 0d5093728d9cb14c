"""Which sentences say what a text says: for summaries made of the speaker's own sentences."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest

import numpy as np
from numpy import float64
from numpy.typing import NDArray

from ai_conspects.text.fillers import FILLERS, says_little
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.vectors import WordVectors, word_vectors
from ai_conspects.text.words import content_words, rarity, terms, words

_CENTRAL, _KEYED, _EARLY = 1.0, 1.0, 0.2
_NOVELTY = 0.4
"""How much a sentence loses that is like one already chosen."""
_KEY_WORDS = 40
_SHORT, _LONG = 12, 60
"""Words of a sentence that reads well; others weigh less."""


@dataclass(frozen=True)
class Ranked:
    """Sentences with their weights, 0 to 1 (0: says nothing), and their directions, row by row."""

    sentences: tuple[Sentence, ...]
    weights: NDArray[float64]
    vectors: WordVectors


def rank(sentences: Sequence[Sentence], language: str) -> Ranked:
    """Weigh each sentence by its likeness to all others, the text's key words in it, and how early it comes."""
    texts = [sentence.text for sentence in sentences]
    vectors = word_vectors(texts, language)
    central = vectors.times(vectors.total()) - 1.0
    early = 1.0 - np.arange(len(texts)) / max(1, len(texts))
    weights = _CENTRAL * _scaled(central) + _KEYED * _scaled(_key_words(texts, language)) + _EARLY * early
    fitting = np.array([_fitting(text, language) for text in texts])
    return Ranked(tuple(sentences), _scaled(weights * fitting), vectors)


def choose(ranked: Ranked, limit: int, among: range | None = None) -> tuple[Sentence, ...]:
    """At most `limit` sentences, in the order in which they were said, none much like another (maximal marginal
    relevance). `among` are places in `ranked.sentences`, None for all. Sentences that say nothing are taken only where
    there is no other."""
    places = range(len(ranked.sentences)) if among is None else among
    weights, vectors = ranked.weights[places.start : places.stop], ranked.vectors.among(places.start, places.stop)
    open_ = weights > 0
    if not open_.any():
        return ranked.sentences[places.start : places.start + min(1, limit)] if places else ()
    likeness = np.zeros(len(places))
    chosen: list[int] = []
    while open_.any() and len(chosen) < limit:
        best = int(np.argmax(np.where(open_, weights - _NOVELTY * likeness, -np.inf)))
        open_[best] = False
        chosen.append(best)
        likeness = np.maximum(likeness, vectors.times(vectors.row(best)))
    return tuple(ranked.sentences[places.start + place] for place in sorted(chosen))


def _key_words(texts: Sequence[str], language: str) -> NDArray[float64]:
    """How much of the text's heaviest words each sentence holds."""
    weight: defaultdict[str, float] = defaultdict(float)
    for text in texts:
        for word in content_words(text, language):
            for term in terms(word, language):
                weight[term] += rarity(word, language) ** 2
    heaviest = dict(nlargest(_KEY_WORDS, weight.items(), key=lambda item: (item[1], item[0])))
    held = [{term for word in words(text) for term in terms(word, language)} for text in texts]
    return np.array([sum(heaviest.get(term, 0.0) for term in terms_) for terms_ in held], dtype=float64)


def _fitting(text: str, language: str) -> float:
    """1 for a fluent sentence of a good length, less for a short, long or halting one, 0 for one that says nothing."""
    if says_little(text, language):
        return 0.0
    said = words(text)
    hesitation = 3 * sum(word in FILLERS for word in said) / len(said)
    return max(0.2, 1 - hesitation) * _length_fits(len(said))


def _length_fits(length: int) -> float:
    if length < _SHORT:
        return 0.5 + 0.5 * length / _SHORT
    return 1.0 if length <= _LONG else _LONG / length


def _scaled(values: NDArray[float64]) -> NDArray[float64]:
    highest = values.max(initial=0.0)
    scaled: NDArray[float64] = np.maximum(values, 0.0) / highest if highest > 0 else np.zeros(len(values))
    return scaled
