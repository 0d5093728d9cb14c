"""How well texts answer to a query: the second, exact look at what the database found by a rough one.

Four measures, each divided by its maximum and added: BM25 over dictionary forms, the same over four-letter pieces of
words, the best sentence's share of the query's words, and neighbours in the query that stand together in the text.
Measured on XQuAD in five languages (`bench/search.py`), answers in two (`bench/chat.py`).
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy import bool_, float64, intp, uint16
from numpy.typing import NDArray

from ai_conspects.text.read import K1, PIECES, B, Several, joined, number, parted, pieces, read
from ai_conspects.text.words import is_empty, is_stop_word, rarity, terms, words

_SENTENCE, _PAIRS = 0.5, 0.2
_STOP_WEIGHT = 0.3

Scores = NDArray[float64]


class Weights(NamedTuple):
    """What the two BM25s count, and how much more a word counts in them that is rare in the language as well: few texts
    say little of what is rare."""

    forms: float
    pieces: float
    rare: float


FINDING = Weights(0.4, 0.6, 1.0)
QUOTING = Weights(0.5, 0.5, 0.0)
"""Among a few texts, that all say something of what is asked."""


class Asked:
    """A query's folded words, to be found in texts of some languages, of which the first is its own.

    Each dictionary form is a unit, known by its place; in another language the same word has another form and number.
    """

    def __init__(self, query: Sequence[str], languages: Sequence[str]) -> None:
        self.words = list(query)
        self._language = languages[0]
        forms = [(word, term) for word in self.words for term in terms(word, self._language)]
        place = {term: at for at, term in enumerate(dict.fromkeys(term for _, term in forms))}
        self.order = [place[term] for _, term in forms]
        self.units: list[tuple[str, int]] = [(word, place[term]) for word, term in forms]
        numbered: dict[int, int] = {}
        for language in languages:
            others = (term for word in self.words for term in terms(word, language))
            for term, unit in zip(others, self.order, strict=True):
                numbered.setdefault(number(term), unit)
        self.numbers = dict(sorted(numbered.items()))

    def __len__(self) -> int:
        return max(self.order, default=-1) + 1

    @property
    def telling(self) -> NDArray[bool_]:
        """Which units are more than stop words; all of them where none is."""
        return self._which([not is_stop_word(word, self._language) for word, _ in self.units])

    def worth(self, word: str) -> float:
        """How much a word of the query says, by its rarity in the language, 0 to 1."""
        return rarity(word, self._language) * (_STOP_WEIGHT if is_stop_word(word, self._language) else 1.0)

    def weights(self, *, only_wanted: bool = False) -> dict[int, float]:
        """Number of a form − 1 → its rarity in the language, by which a first look weighs a text. `only_wanted`: of
        those that a text must have one of."""
        worth = np.zeros(len(self))
        for word, unit in self.units:
            worth[unit] += self.worth(word)
        if only_wanted:
            worth *= self._which([not is_empty(word, self._language) for word, _ in self.units])
        return {one - 1: float(worth[unit]) for one, unit in self.numbers.items() if worth[unit]}

    def _which(self, chosen: Sequence[bool]) -> NDArray[bool_]:
        found = np.zeros(len(self), bool)
        found[[unit for (_, unit), one in zip(self.units, chosen, strict=True) if one]] = True
        return found if found.any() else ~found


@dataclass(frozen=True)
class Ranked:
    """One score a text, 0 to 1, the best one 1. `covered`: the share of the query's telling words, by their rarity
    among the texts, that the best of them holds, 0 to 1: how much of a match the best one is at all. `lacking`: words
    of the query that no text has in any form. `best`: the sentence of each text that says most of the query, from 0."""

    scores: Scores
    covered: float
    best: NDArray[intp]
    lacking: tuple[str, ...] = ()


def scores(query: str, texts: Sequence[str], language: str) -> Scores:
    """One score a text, 0 to 1, the best one 1; all zeros where no word of the query occurs. For what may be quoted of
    texts that were found."""
    known = joined([read(parted(text), language) for text in texts])
    return rank(Asked(words(query), [language]), known, weights=QUOTING).scores


def rank(asked: Asked, texts: Several, among: int = 0, weights: Weights = FINDING) -> Ranked:
    """The scores, and how good a match the best text is.

    `among` how many texts these are the ones with words of the query, if there are more: a word that all of these have
    is rare if a thousand others lack it.
    """
    if not asked.order or not len(texts):
        return Ranked(np.zeros(len(texts)), 0.0, np.zeros(len(texts), intp), tuple(asked.words))
    among = max(among, len(texts))
    found = _Found(asked, texts)
    times = np.bincount(asked.order, minlength=len(asked)).astype(float64)
    rarity = _rare(found.held, among)
    by_form = _bm25(times * _said(asked, asked.units, len(asked), weights.rare) * rarity, found.held, found.lengths)
    by_piece = _bm25(*_pieces(asked, texts, weights.rare, among))
    telling = rarity * asked.telling
    in_one, best = found.best_sentence(telling)
    total = (
        weights.forms * _over_maximum(by_form)
        + weights.pieces * _over_maximum(by_piece)
        + _SENTENCE * _over_maximum(in_one)
        + _PAIRS * _over_maximum(found.together(among))
    )
    covered = float(((found.held > 0) @ telling).max() / telling.sum())
    missing = found.held.sum(axis=0) == 0
    lacking = dict.fromkeys(word for word, unit in asked.units if missing[unit])
    return Ranked(_over_maximum(total), covered, best, tuple(lacking))


def fuse(lexical: Ranked, semantic: Scores, weight: float) -> Scores:
    """By words as far as they cover the query, plus `weight` × by meaning, each divided by its maximum.

    Better than reciprocal ranks, which let a weak measure overrule a sure one. Where the texts hold few of the query's
    words, their measure says little, and meaning counts for more. Below zero counts as zero.
    """
    return lexical.covered * _over_maximum(lexical.scores) + weight * _over_maximum(semantic)


class _Found:
    """Where the units stand: `texts`, `sentences`, `places` and `units` have one entry for each word of the query that
    a text says; `held` is how often each text (row) has each unit."""

    def __init__(self, asked: Asked, texts: Several) -> None:
        self._asked = asked
        numbers = np.array(list(asked.numbers))
        like = np.zeros(1 << 16, bool_)
        like[numbers.astype(uint16)] = True
        places = np.flatnonzero(like.take(texts.forms.astype(uint16)))  # few; the same last 16 bits, or more
        nearest = np.minimum(np.searchsorted(numbers, texts.forms[places]), len(numbers) - 1)
        same = numbers[nearest] == texts.forms[places]
        self.places, self.units = places[same], np.array(list(asked.numbers.values()))[nearest[same]]
        ends = np.flatnonzero(texts.forms == 0)
        self.sentences = np.searchsorted(ends, self.places)
        self._text_of_end = _text_at(texts.form_counts, ends)
        self.texts = self._text_of_end[self.sentences]
        sentences = np.bincount(self._text_of_end, minlength=len(texts))
        self.lengths = (np.array(texts.form_counts) - sentences).astype(float64)
        self.held = _counts(self.texts, self.units, (len(texts), len(asked)))

    def best_sentence(self, weights: Scores) -> tuple[Scores, NDArray[intp]]:
        """The most that one sentence of each text holds of the units, each counted once, and which one that is."""
        held = _counts(self.sentences, self.units, (len(self._text_of_end), len(self._asked))) > 0
        worth: Scores = held @ weights
        firsts = np.flatnonzero(np.diff(self._text_of_end, prepend=-1))
        order = np.argsort(-worth, kind="stable")
        best = order[np.unique(self._text_of_end[order], return_index=True)[1]]
        return worth[best], best - firsts

    def together(self, among: int) -> Scores:
        """The rarity of neighbours in the query that stand side by side in each text."""
        size, order = len(self._asked), self._asked.order
        wanted = np.array(sorted({one * size + other for one, other in pairwise(order)}))
        if not len(wanted):
            return np.zeros(len(self.held))
        near = np.flatnonzero(np.diff(self.places) == 1)
        codes = self.units[near] * size + self.units[near + 1]
        pairs = np.minimum(np.searchsorted(wanted, codes), len(wanted) - 1)
        known = wanted[pairs] == codes
        held = _counts(self.texts[near[known]], pairs[known], (len(self.held), len(wanted))) > 0
        return held @ _rare(held, among)


def _pieces(asked: Asked, texts: Several, rare: float, among: int) -> tuple[Scores, Scores, Scores]:
    """What each of the query's pieces weighs, how often each text (row) has it, and how many pieces it has."""
    of_words = [(word, piece) for word in asked.words for piece in pieces(word)]
    times = Counter(piece for _, piece in of_words)
    place = {piece: at for at, piece in enumerate(times)}
    column = np.full(PIECES, -1, np.int16)
    column[list(place)] = np.arange(len(place))
    columns = column.take(texts.pieces)
    known = np.flatnonzero(columns >= 0)
    rows = _text_at(texts.piece_counts, known)
    held = _counts(rows, columns[known].astype(intp), (len(texts), len(place)))
    said = _said(asked, ((word, place[piece]) for word, piece in of_words), len(place), rare)
    return (
        np.array(list(times.values())) * said * _rare(held, among),
        held,
        np.maximum(1.0, np.array(texts.piece_counts, float64)),
    )


def _said(asked: Asked, units: Iterable[tuple[str, int]], count: int, rare: float) -> Scores:
    """What the units' rarity among the texts is multiplied by: 1 + `rare` × what the rarest word of each one says."""
    says = {word: 1 + rare * asked.worth(word) for word in asked.words}
    most = [1.0] * count
    for word, unit in units:
        most[unit] = max(most[unit], says[word])
    return np.array(most)


def _bm25(weights: Scores, held: Scores, lengths: Scores) -> Scores:
    damping = K1 * (1 - B + B * lengths / max(1.0, float(lengths.mean())))
    total: Scores = (held * (K1 + 1) / (held + damping[:, None])) @ weights
    return total


def _rare(held: NDArray[float64] | NDArray[bool_], among: int) -> Scores:
    """The rarity of each column, by the rows that have it."""
    spread = (held > 0).sum(axis=0)
    rarity: Scores = np.log(1 + (among - spread + 0.5) / (spread + 0.5))
    return rarity


def _text_at(counts: Sequence[int], places: NDArray[intp]) -> NDArray[intp]:
    """The text to which each place belongs, where texts of so many places stand one after another."""
    return np.searchsorted(np.cumsum(counts), places, side="right")


def _counts(rows: NDArray[intp], columns: NDArray[intp], shape: tuple[int, int]) -> Scores:
    return np.bincount(rows * shape[1] + columns, minlength=shape[0] * shape[1]).reshape(shape).astype(float64)


def _over_maximum(values: Scores) -> Scores:
    positive = np.maximum(values, 0.0)
    highest = positive.max(initial=0.0)
    result: Scores = positive / highest if highest > 0 else positive
    return result
