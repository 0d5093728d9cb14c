"""What a text is about, in a few phrases."""

import math
from collections.abc import Iterator, Sequence

from ai_conspects.text.analysis import KeyPhrase
from ai_conspects.text.candidates import Candidate, Found, noun_like
from ai_conspects.text.languages import base
from ai_conspects.text.russian_phrases import russian_phrases
from ai_conspects.text.sentences import Sentence

_LONG = 40
"""Sentences from which on a phrase that was said once counts for little."""


def key_phrases(sentences: Sequence[Sentence], language: str, limit: int) -> tuple[KeyPhrase, ...]:
    """At most `limit` phrases, heaviest first, none of which repeats another's words.

    A phrase weighs by how often it was said, how rare its words are in the language, how early it came first.
    """
    candidates = _candidates(sentences, language)
    first_ids = {sentence.id: place / len(sentences) for place, sentence in enumerate(sentences)}
    scored = {c.key: _score(c, first_ids[c.sentence_ids[0]], len(sentences)) for c in candidates}
    chosen: list[Candidate] = []
    for candidate in sorted(candidates, key=lambda c: (-scored[c.key], c.key)):
        if len(chosen) == limit:
            break
        if not any(_overlap(candidate.key, other.key) for other in chosen):
            chosen.append(candidate)
    heaviest = scored[chosen[0].key] if chosen else 1.0
    return tuple(
        KeyPhrase(
            text=candidate.texts.most_common(1)[0][0],
            weight=round(scored[candidate.key] / heaviest, 4),
            sentence_ids=tuple(dict.fromkeys(candidate.sentence_ids)),
        )
        for candidate in chosen
    )


def _candidates(sentences: Sequence[Sentence], language: str) -> list[Candidate]:
    by_key: dict[tuple[str, ...], Candidate] = {}
    for sentence in sentences:
        for found in _found(sentence.text, language):
            candidate = by_key.setdefault(found.key, Candidate(found.key, found.rarities))
            candidate.texts[found.text] += 1
            candidate.sentence_ids.append(sentence.id)
    return list(by_key.values())


def _found(text: str, language: str) -> Iterator[Found]:
    code = base(language)
    return russian_phrases(text) if code == "ru" else noun_like(text, code)


def _score(candidate: Candidate, first: float, sentences: int) -> float:
    """`first` is how far into the text the phrase came up, 0 to 1."""
    times = len(candidate.sentence_ids)
    telling = math.pow(sum(candidate.rarities) / len(candidate.rarities), 1.5)
    length = {1: 1.0, 2: 1.5}.get(len(candidate.key), 1.3)
    once = 0.3 if times == 1 and sentences >= _LONG else 1.0
    return math.pow(times, 0.8) * telling * length * once * (1.2 - 0.2 * first)


def _overlap(key: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Whether half of the shorter phrase's words are in the other."""
    shared = len(set(key) & set(other))
    return shared * 2 >= min(len(key), len(other)) and shared > 0
