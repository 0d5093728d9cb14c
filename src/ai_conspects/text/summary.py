"""Which sentences say what a text says: for summaries made of the speaker's own sentences.

A set of sentences is good that holds much of what the text speaks about, once. A word's share is its rarity squared ×
(sentences that have it)^0.75, that of two words which stand together in several sentences («нейронная сеть») twice the
product of their rarities × the same; a sentence brings the shares that no chosen one has, divided by the root of its
length, × how fluent, self-contained and central it is. The best is taken, then the best beside it, and so on.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import regex
from numpy import float64, intp
from numpy.typing import NDArray

from ai_conspects.text.boundaries import goes_on
from ai_conspects.text.fillers import FILLERS, says_little
from ai_conspects.text.fluent import leans
from ai_conspects.text.key_phrases import misheard
from ai_conspects.text.lists import listed
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.vectors import Counts, SparseRows, counts, pairs, vectors_of
from ai_conspects.text.words import is_stop_word, lemmas, words

_OFTEN = 0.75
"""The power to which a word's sentences count."""
_TOGETHER = 2.0
"""How much two words tell by standing together, again and again, when each alone tells 1: they are a term."""
_LENGTH = 0.5
"""The power to which a sentence's length counts against it: 0 chooses the longest, 1 the tersest."""
_CENTRAL = 0.5
"""What a sentence weighs that is like no other, when the most central one weighs 1.5."""
_LEANING, _ASKING, _CUT_OFF, _MISHEARD = 0.6, 0.5, 0.6, 0.6
"""For a sentence that points to the one before, a question, one that ends in a comma, one with a telling
word of which the speech engine was never sure."""
_FIGURES = 1.2
"""For a sentence with a number: it tells what nobody remembers."""
_SHORT, _LONG = 12, 60
"""Words of a sentence that reads well; others weigh less."""
_MEMO, _SAID, _LITTLE = 10, 5, 0.1
"""In a memo of so few sentences, one of so many words that seems to say little weighs something all the same."""
_READABLE = 25
"""Words from which on a sentence is long for a summary of three."""
_FEWEST = 8
"""Words that a shorter sentence is taken to have: terseness has its end."""

_WHOLE = regex.compile(r"[.!?…。！？؟।॥۔][\"'»”’)\]]*\s*$")


@dataclass(frozen=True)
class Ranked:
    """Sentences of `lengths` words, how well each reads (`weights`, 0: it says nothing), which of them lean on another,
    ask or are broken, and how much each word of theirs tells, row by row."""

    sentences: tuple[Sentence, ...]
    weights: NDArray[float64]
    unfinished: NDArray[np.bool_]
    told: SparseRows
    lengths: NDArray[intp]


def rank(sentences: Sequence[Sentence], language: str) -> Ranked:
    """Weigh sentences of one text against each other."""
    texts = [sentence.text for sentence in sentences]
    counted = counts(texts, language)
    vectors = vectors_of(counted)
    central = np.maximum(vectors.times(vectors.total()) - 1.0, 0.0)
    leaning = np.array([leans(text, language) for text in texts], dtype=bool)
    broken = _broken(texts)
    doubtful = {term for term in misheard(sentences, language) if not is_stop_word(term, language)}
    strange = np.array(
        [not doubtful.isdisjoint(lemmas(one.text, language)) if one.unsure else False for one in sentences], dtype=bool
    )
    asking = np.array([text.rstrip().endswith(("?", "？", "؟")) for text in texts], dtype=bool)
    weights = np.array([_fluent(text, language) for text in texts], dtype=float64)
    if len(texts) <= _MEMO:
        weights = np.where((weights == 0) & (counted.lengths >= _SAID), _LITTLE, weights)
    weights *= _CENTRAL + central / max(central.max(initial=0.0), 1e-9)
    for found, weight in ((leaning, _LEANING), (asking, _ASKING), (strange, _MISHEARD)):
        weights *= np.where(found, weight, 1.0)
    told = _told(counted, counts(texts, language, pairs))
    return Ranked(tuple(sentences), weights, leaning | asking | broken, told, counted.lengths)


def choose(ranked: Ranked, limit: int, among: range | None = None) -> tuple[Sentence, ...]:
    """At most `limit` sentences, in the order in which they were said, each for what the others don't say. `among` are
    places in `ranked.sentences`, None for all. Sentences that say nothing are taken only where there is no other."""
    places = range(len(ranked.sentences)) if among is None else among
    return _best(ranked, ranked.weights[places.start : places.stop], places, limit)


def summarise(ranked: Ranked, limit: int) -> tuple[Sentence, ...]:
    """As `choose`, of the sentences that can stand by themselves and are soon read; where there is none, of all."""
    alone = np.where(ranked.unfinished, 0.0, ranked.weights) * np.minimum(
        1.0, _READABLE / np.maximum(ranked.lengths, 1)
    )
    places = range(len(ranked.sentences))
    return _best(ranked, alone if alone.any() else ranked.weights, places, limit)


def without(ranked: Ranked, places: Sequence[int]) -> Ranked:
    """The same, in which the sentences at these places aren't chosen, as they stand elsewhere already."""
    weights = ranked.weights.copy()
    weights[list(places)] = 0.0
    return replace(ranked, weights=weights)


def _best(ranked: Ranked, weights: NDArray[float64], places: range, limit: int) -> tuple[Sentence, ...]:
    if not weights.any():
        return ranked.sentences[places.start : places.start + min(1, limit, len(places))]
    told = ranked.told.among(places.start, places.stop)
    untold = np.ones(told.shape[1])
    open_ = weights > 0
    chosen: list[int] = []
    while open_.any() and len(chosen) < limit:
        best = int(np.argmax(np.where(open_, weights * told.times(untold), -1.0)))
        open_[best] = False
        chosen.append(best)
        untold[told.row(best) > 0] = 0.0
    return tuple(ranked.sentences[places.start + place] for place in sorted(chosen))


def _told(singles: Counts, together: Counts) -> SparseRows:
    lengths = np.maximum(singles.lengths, _FEWEST) ** _LENGTH
    often = together.spread()
    shares = np.concatenate(
        [
            singles.spread() ** _OFTEN * singles.weights**2,
            np.where(often > 1, _TOGETHER * often**_OFTEN * together.weights, 0.0),
        ]
    )
    rows = np.concatenate([singles.rows, together.rows])
    columns = np.concatenate([singles.columns, together.columns + singles.shape[1]])
    order = np.argsort(rows, kind="stable")
    rows, columns = rows[order], columns[order]
    return SparseRows(rows, columns, shares[columns] / lengths[rows], (len(lengths), len(shares)))


def _broken(texts: Sequence[str]) -> NDArray[np.bool_]:
    """Which begin or end in the middle, in a text of which most sentences are whole."""
    whole = np.array([bool(_WHOLE.search(text)) and not goes_on(text) for text in texts], dtype=bool)
    broken: NDArray[np.bool_] = ~whole & (2 * whole.sum() > len(texts))
    return broken


def _fluent(text: str, language: str) -> float:
    """About 1 for a fluent sentence of a good length, less for a short, long, halting or broken one, 0 for one that
    says nothing."""
    if says_little(text, language):
        return 0.0
    said = words(text)
    exact = _FIGURES if any(word in listed("numerals") or word[0].isdigit() for word in said) else 1.0
    hesitation = 3 * sum(word in FILLERS for word in said) / len(said)
    cut_off = _CUT_OFF if text.rstrip().endswith((",", "-", "–", "—", ":", "،")) else 1.0
    return max(0.2, 1 - hesitation) * cut_off * exact * _length_fits(len(said))


def _length_fits(length: int) -> float:
    if length < _SHORT:
        return 0.5 + 0.5 * length / _SHORT
    return 1.0 if length <= _LONG else _LONG / length
