"""How well texts answer to a query: the second, exact look at what the database found by a rough one.

Four measures, each divided by its maximum and added: BM25 (k1 = 1.2, b = 0.75) over dictionary forms, the same over
four-letter pieces of words, the best sentence's share of the query's words, and neighbours in the query that stand
together in the text. Measured on XQuAD (`bench/search.py`), where the last two lift the first place by about one
point in a hundred. Only words that may be the query's are looked at: five times as fast as reading every word.
"""

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy import bool_, float64
from numpy.typing import NDArray

from ai_conspects.text.words import fold, is_stop_word, terms, words

_K1, _B = 1.2, 0.75
_GRAM = 4
_PREFIX = 3
"""Letters by which a word of a text is first told to be, perhaps, a form of a word of the query."""
_SENTENCE, _PAIRS = 0.5, 0.2
"""Weights of the best sentence and of the pairs; the two BM25s count a half each."""
_END = re.compile(r"(?:[.!?…]\s|[。！？\n])")
_MARKS = (
    "\u0300-\u036f\u0591-\u05c7\u064b-\u065f\u0900-\u0903\u093a-\u094f\u0981-\u0983\u09bc-\u09cd\u0b82\u0bbe-\u0bcd"
)
"""Combining marks of the scripts with spaces in which they are common: `\\w` leaves them out."""
_WORD = rf"(?<!\w)[\w{_MARKS}'’]+"
_PREFIXING = re.compile("[\u0590-\u06ff]")
"""Arabic and Hebrew letters: there the article and some prepositions are written as the word's beginning."""

Scores = NDArray[float64]


@dataclass(frozen=True)
class Ranked:
    """One score a text, 0 to 1, the best one 1. `covered`: the share of the query's telling words, by their rarity
    among the texts, that the best of them holds, 0 to 1: how much of a match the best one is at all. `has_word`: which
    texts have a word of the query in any form, where a score may come from pieces of words alone."""

    scores: Scores
    covered: float
    has_word: NDArray[bool_]


def scores(query: str, texts: Sequence[str], language: str) -> Scores:
    """One score a text, 0 to 1, the best one 1; all zeros where no word of the query occurs."""
    return rank(query, texts, language).scores


def rank(query: str, texts: Sequence[str], language: str, among: int = 0) -> Ranked:
    """The scores, and how good a match the best text is.

    `among` how many texts these are the ones with words of the query, if there are more: a word that all of these have
    is rare if a thousand others lack it.
    """
    asked = words(query)
    if not asked or not texts:
        return Ranked(np.zeros(len(texts)), 0.0, np.zeros(len(texts), bool))
    among = max(among, len(texts))
    folded = [fold(text) for text in texts]
    finder = _Finder(asked, language)
    found = [finder.find(text) for text in folded]
    lengths = np.array([text.count(" ") + 1 for text in folded], float64)
    letters = np.array([len(text) for text in folded], float64)
    by_lemma = _bm25(Counter(finder.lemmas), [one.lemmas for one in found], lengths, among)
    by_gram = _bm25(*_grams_of(asked, folded, found), np.maximum(1.0, letters - (_GRAM - 0.5) * lengths), among)
    spread = Counter(term for one in found for term in one.lemmas)
    telling = {term: _rare(spread[term], among) for term in finder.telling or finder.lemmas}
    total = (
        (_over_maximum(by_lemma) + _over_maximum(by_gram)) / 2
        + _SENTENCE * _over_maximum(_best_sentence(telling, found))
        + _PAIRS * _over_maximum(_together(found, among))
    )
    return Ranked(_over_maximum(total), _covered(telling, found), np.array([bool(one.lemmas) for one in found]))


def fuse(lexical: Ranked, semantic: Scores, weight: float) -> Scores:
    """By words as far as they cover the query, plus `weight` × by meaning, each divided by its maximum.

    Better than reciprocal ranks, which let a weak measure overrule a sure one. Where the texts hold few of the query's
    words, their measure says little, and meaning counts for more. Below zero counts as zero.
    """
    return lexical.covered * _over_maximum(lexical.scores) + weight * _over_maximum(semantic)


def grams(word: str) -> tuple[str, ...]:
    """The four-letter pieces of a word; a shorter word whole."""
    return tuple(word[i : i + _GRAM] for i in range(max(1, len(word) - _GRAM + 1)))


@dataclass(frozen=True)
class _Found:
    """What of the query one text holds: dictionary forms and short words with their counts, the forms sentence by
    sentence, and which neighbours of the query stand side by side."""

    lemmas: Counter[str]
    shorts: Counter[str]
    sentences: tuple[frozenset[str], ...]
    pairs: frozenset[tuple[str, str]]


class _Finder:
    """Finds a query's words in folded texts, in any form."""

    def __init__(self, asked: Sequence[str], language: str) -> None:
        self.lemmas = [term for word in asked for term in terms(word, language)]
        self.telling = {t for word in asked if not is_stop_word(word, language) for t in terms(word, language)}
        self._language = language
        self._wanted = frozenset(self.lemmas)
        self._shorts = {word for word in asked if len(word) < _GRAM}
        self._pairs = frozenset(zip(self.lemmas, self.lemmas[1:], strict=False))
        unspaced = {term for word in asked for term in terms(word, language) if len(terms(word, language)) > 1}
        self._pattern = _pattern({*asked, *self.lemmas} - unspaced, unspaced)

    def find(self, text: str) -> _Found:
        """Its words in one folded text."""
        lemmas: Counter[str] = Counter()
        shorts: Counter[str] = Counter()
        pairs: set[tuple[str, str]] = set()
        sentences: list[set[str]] = [set()]
        ends = (match.end() for match in _END.finditer(text))
        border = next(ends, len(text))
        before, place = "", -1
        for match in self._pattern.finditer(text):
            word, start = match.group(), match.start()
            if word in self._shorts:
                shorts[word] += 1
            for term in self._wanted.intersection(terms(word, self._language)):
                while start >= border < len(text):
                    sentences.append(set())
                    border = next(ends, len(text))
                lemmas[term] += 1
                sentences[-1].add(term)
                if start - place <= 1 and (before, term) in self._pairs:
                    pairs.add((before, term))
                before, place = term, match.end()
        return _Found(lemmas, shorts, tuple(map(frozenset, sentences)), frozenset(pairs))


def _pattern(spaced: set[str], unspaced: set[str]) -> re.Pattern[str]:
    """Words that are short ones of these or begin as one of these; pairs of letters of a script without spaces."""
    if any(map(_PREFIXING.match, spaced)):
        return re.compile(_WORD)
    whole = sorted(word for word in spaced if len(word) < _PREFIX)
    begun = sorted({word[: _PREFIX if len(word) > _PREFIX + 1 else 2] for word in spaced if len(word) >= _PREFIX})
    parts = []
    if whole:
        parts.append(rf"(?<!\w)(?:{'|'.join(map(re.escape, whole))})(?!\w)")
    if begun:
        parts.append(rf"(?<!\w)(?:{'|'.join(map(re.escape, begun))})[\w{_MARKS}'’]*")
    if unspaced:
        parts.append("|".join(map(re.escape, sorted(unspaced))))
    return re.compile("|".join(parts))


def _grams_of(
    asked: Sequence[str], folded: Sequence[str], found: Sequence[_Found]
) -> tuple[Counter[str], list[Counter[str]]]:
    """The pieces of the query, and how often each stands in each text. A piece of four letters can't cross a space."""
    query = Counter(gram for word in asked for gram in grams(word))
    long = [gram for gram in query if len(gram) >= _GRAM]
    counts = [Counter(dict(one.shorts)) for one in found]
    for text, count in zip(folded, counts, strict=True):
        for gram in long:
            times = text.count(gram)
            if times:
                count[gram] = times
    return query, counts


def _bm25(query: Counter[str], counts: Sequence[Counter[str]], lengths: Scores, among: int) -> Scores:
    units = list(query)
    held = np.array([[count.get(unit, 0) for unit in units] for count in counts], float64)
    spread = (held > 0).sum(axis=0)
    rare = np.log(1 + (among - spread + 0.5) / (spread + 0.5)) * np.array([query[unit] for unit in units])
    damping = _K1 * (1 - _B + _B * lengths / max(1.0, float(lengths.mean())))
    total: Scores = (rare * held * (_K1 + 1) / (held + damping[:, None])).sum(axis=1)
    return total


def _best_sentence(telling: Mapping[str, float], found: Sequence[_Found]) -> Scores:
    """The most that one sentence of each text holds of the query's telling words, weighed by their rarity."""
    return np.array([max(sum(telling.get(t, 0.0) for t in sentence) for sentence in one.sentences) for one in found])


def _covered(telling: Mapping[str, float], found: Sequence[_Found]) -> float:
    held = max(sum(weight for term, weight in telling.items() if term in one.lemmas) for one in found)
    return held / sum(telling.values())


def _together(found: Sequence[_Found], among: int) -> Scores:
    spread = Counter(pair for one in found for pair in one.pairs)
    return np.array([sum(_rare(spread[pair], among) for pair in one.pairs) for one in found], float64)


def _rare(times: int, texts: int) -> float:
    return math.log(1 + (texts - times + 0.5) / (times + 0.5))


def _over_maximum(values: Scores) -> Scores:
    positive = np.maximum(values, 0.0)
    highest = positive.max(initial=0.0)
    result: Scores = positive / highest if highest > 0 else positive
    return result
