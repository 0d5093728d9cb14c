"""What a text is about, in a few phrases."""

import math
from collections.abc import Sequence
from functools import partial

from ai_conspects.text.analysis import KeyPhrase
from ai_conspects.text.candidates import Candidate, Found, noun_like
from ai_conspects.text.languages import base
from ai_conspects.text.russian_phrases import russian_phrases
from ai_conspects.text.sentences import Sentence
from ai_conspects.text.words import lemmas

_GOOD_PART = 0.15
_LONG = 40
"""Sentences from which on a phrase that was said once counts for little."""


def key_phrases(sentences: Sequence[Sentence], language: str, limit: int) -> tuple[KeyPhrase, ...]:
    """At most `limit` phrases, heaviest first, none of which repeats another's words.

    A phrase weighs by how often it was said, how rare its words are in the language, how early it came first.
    """
    return heaviest(sentences, occurrences(sentences, language), limit)


def occurrences(sentences: Sequence[Sentence], language: str) -> list[tuple[Found, ...]]:
    """All phrases of each sentence: the slow half of `key_phrases`, for whoever asks about several parts of a text.
    Words of which the speech engine was never sure make none, if there are others."""
    code = base(language)
    find = russian_phrases if code == "ru" else partial(noun_like, language=code)
    found = [tuple(find(sentence.text)) for sentence in sentences]
    doubtful = misheard(sentences, language)
    sure = [tuple(phrase for phrase in phrases if doubtful.isdisjoint(phrase.key)) for phrases in found]
    return sure if any(sure) else found


def misheard(sentences: Sequence[Sentence], language: str) -> set[str]:
    """The dictionary forms of words of which the speech engine was never sure."""
    unsure = [set(lemmas(" ".join(sentence.unsure), language)) for sentence in sentences]
    wanted = set().union(*unsure)
    if not wanted:
        return set()
    said = zip(sentences, unsure, strict=True)
    return wanted.difference(*(set(lemmas(sentence.text, language)) - there for sentence, there in said))


def heaviest(sentences: Sequence[Sentence], found: Sequence[tuple[Found, ...]], limit: int) -> tuple[KeyPhrase, ...]:
    """As `key_phrases`, from what `occurrences` found in these sentences."""
    candidates = _candidates(sentences, found)
    first_ids = {sentence.id: place / len(sentences) for place, sentence in enumerate(sentences)}
    scored = {c.key: _score(c, first_ids[c.sentence_ids[0]], len(sentences)) for c in candidates}
    longer = _longer(candidates)
    chosen: list[tuple[Candidate, float]] = []
    for candidate in sorted(candidates, key=lambda c: (-scored[c.key], c.key)):
        if len(chosen) == limit:
            break
        if not _repeats(candidate, chosen):
            fuller = max(longer.get(candidate.key, [candidate]), key=lambda c: (scored[c.key], c.key))
            chosen.append((candidate if _repeats(fuller, chosen) else fuller, scored[candidate.key]))
    return tuple(
        KeyPhrase(
            text=_written(candidate),
            weight=round(score / chosen[0][1], 4),
            sentence_ids=tuple(dict.fromkeys(candidate.sentence_ids)),
        )
        for candidate, score in chosen
    )


def _candidates(sentences: Sequence[Sentence], found: Sequence[tuple[Found, ...]]) -> list[Candidate]:
    by_key: dict[tuple[str, ...], Candidate] = {}
    for sentence, phrases in zip(sentences, found, strict=True):
        for phrase in phrases:
            candidate = by_key.setdefault(phrase.key, Candidate(phrase.key, phrase.rarities))
            candidate.texts[phrase.text] += 1
            candidate.sentence_ids.append(sentence.id)
    return list(by_key.values())


def _longer(candidates: Sequence[Candidate]) -> dict[tuple[str, ...], list[Candidate]]:
    """For single words the phrases with which to name them: said twice at least and in a good part of the cases, they
    tell more (“remote control” for “remote”)."""
    times = {c.key: len(c.sentence_ids) for c in candidates}
    found: dict[tuple[str, ...], list[Candidate]] = {}
    for phrase in candidates:
        for word in phrase.key if len(phrase.key) > 1 else ():
            if len(phrase.sentence_ids) >= max(2, _GOOD_PART * times.get((word,), 0)):
                found.setdefault((word,), []).append(phrase)
    return found


def _written(candidate: Candidate) -> str:
    """The phrase as it was written most often; of a name's forms the shortest, which is the nominative more often."""
    texts = candidate.texts
    if len(candidate.key) == 1 and all(text[0].isupper() for text in texts):
        return min(texts, key=lambda text: (len(text), -texts[text]))
    return max(texts, key=lambda text: texts[text])


def _score(candidate: Candidate, first: float, sentences: int) -> float:
    """`first` is how far into the text the phrase came up, 0 to 1."""
    times = len(candidate.sentence_ids)
    telling = math.pow(sum(candidate.rarities) / len(candidate.rarities), 1.5)
    length = {1: 1.0, 2: 1.5}.get(len(candidate.key), 1.3)
    once = 0.3 if times == 1 and sentences >= _LONG else 1.0
    return math.pow(times, 0.8) * telling * length * once * (1.2 - 0.2 * first)


def _repeats(candidate: Candidate, chosen: Sequence[tuple[Candidate, float]]) -> bool:
    return any(_overlap(candidate.key, other.key) for other, _ in chosen)


def _overlap(key: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether half of the shorter phrase's words are in the other."""
    shared = len(set(key) & set(other))
    return shared * 2 >= min(len(key), len(other)) and shared > 0
