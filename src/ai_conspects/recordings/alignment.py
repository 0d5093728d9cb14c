"""Times for the words of a corrected text: those that stayed keep theirs, the others share the time between them."""

from collections.abc import Sequence
from difflib import SequenceMatcher
from itertools import groupby
from typing import Any

MOST_COMPARED = 250_000
"""Pairs of words: beyond it, what lies between the common beginning and end counts as rewritten (the diff is cubic)."""

Word = dict[str, Any]
"""`{text, start_s, end_s, confidence}`, as segments store it."""


def aligned(words: Sequence[Word], text: str) -> list[Word]:
    """The words of `text`, timed by the words that stood there before; none where those had none.

    A word that stayed (whatever its case and punctuation now) keeps the engine's confidence; the others have none.
    """
    texts = text.split()
    if not words:
        return []
    before, now = [_key(word["text"]) for word in words], [_key(one) for one in texts]
    found: list[Word] = []
    for kept, first, last, begin, end in _blocks(before, now):
        if kept:
            found += [{**word, "text": one} for word, one in zip(words[first:last], texts[begin:end], strict=True)]
        elif begin < end:
            found += _shared(texts[begin:end], *_room(words, first, last))
    return _with_length(found)


def within(words: Sequence[Word], start_s: float, end_s: float) -> list[Word]:
    """The words, none of them outside of these seconds."""
    return [
        {**word, "start_s": min(max(word["start_s"], start_s), end_s), "end_s": min(max(word["end_s"], start_s), end_s)}
        for word in words
    ]


def _blocks(before: list[str], now: list[str]) -> list[tuple[bool, int, int, int, int]]:
    """`(kept, first, last, begin, end)`: words `first` to `last` before are words `begin` to `end` now."""
    shorter = min(len(before), len(now))
    head = next((at for at in range(shorter) if before[at] != now[at]), shorter)
    tail = next((at for at in range(shorter - head) if before[-1 - at] != now[-1 - at]), shorter - head)
    old, new = before[head : len(before) - tail], now[head : len(now) - tail]
    if len(old) * len(new) <= MOST_COMPARED:
        codes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
        middle = [(tag == "equal", head + a, head + b, head + c, head + d) for tag, a, b, c, d in codes]
    else:
        middle = [(False, head, head + len(old), head, head + len(new))]
    ends = (True, len(before) - tail, len(before), len(now) - tail, len(now))
    return [(True, 0, head, 0, head), *middle, ends]


def _room(words: Sequence[Word], first: int, last: int) -> tuple[float, float]:
    """The seconds of the words that were replaced; of an insertion, the gap in which it stands."""
    if first < last:
        return words[first]["start_s"], words[last - 1]["end_s"]
    since = words[first - 1]["end_s"] if first else words[0]["start_s"]
    until = words[first]["start_s"] if first < len(words) else words[-1]["end_s"]
    return since, max(since, until)


def _with_length(words: list[Word]) -> list[Word]:
    """The words; those for which there was no time share that of the word before them, or else of the one after."""
    found = list(words)
    for is_empty, places in groupby(range(len(words)), lambda at: words[at]["end_s"] <= words[at]["start_s"]):
        first, *_, last = 2 * tuple(places)
        if is_empty:
            first, last = (first - 1, last) if first else (0, min(last + 1, len(words) - 1))
            texts = [one["text"] for one in found[first : last + 1]]
            timed = _shared(texts, found[first]["start_s"], found[last]["end_s"])
            for at, one in enumerate(timed, start=first):
                found[at] = {**found[at], "start_s": one["start_s"], "end_s": one["end_s"]}
    return found


def _shared(texts: Sequence[str], start_s: float, end_s: float) -> list[Word]:
    per_character = (end_s - start_s) / sum(map(len, texts))
    found, at = [], start_s
    for text in texts:
        until = at + len(text) * per_character
        found.append({"text": text, "start_s": round(at, 3), "end_s": round(until, 3), "confidence": None})
        at = until
    return found


def _key(word: str) -> str:
    letters = "".join(character for character in word.casefold() if character.isalnum())
    return letters or word
