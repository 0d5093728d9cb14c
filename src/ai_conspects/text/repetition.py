"""Whether a text goes round in circles, as a speech model does that has lost the thread."""

import zlib
from collections.abc import Sequence

from ai_conspects.text.words import words

LOOP_ABOVE = 2.6
"""Compressed size: texts of XQuAD (ru, en) and turns of QMSum stay below it in pieces of `_PIECE` characters."""
_PIECE = 400
_LONGEST_LOOP = 3
"""Segments after which a loop of segments begins anew."""
_LONGEST_PHRASE = 8
"""Words after which a loop inside a segment begins anew."""
_ROUNDS, _SHORT_ROUNDS = 3, 5
"""How often a phrase is said one after the other before it is a loop; the second for one of fewer than three words."""
_MOST = 0.75
"""The share of a segment's words that a loop has: who stutters or says “no” nine times goes on with something else."""


def is_repetitive(text: str) -> bool:
    """Whether a text repeats itself more than anybody does: it compresses too well, or most of it is one phrase."""
    pieces = [text[at : at + _PIECE] for at in range(0, len(text), _PIECE)]
    return any(compression(piece) > LOOP_ABOVE for piece in pieces) or _circles(words(text))


def compression(text: str) -> float:
    """How many times smaller zlib makes it, with one byte a letter: UTF-8 would make Russian look repetitive."""
    folded = text.casefold()
    alphabet = {letter: min(place, 255) for place, letter in enumerate(dict.fromkeys(folded))}
    coded = bytes(alphabet[letter] for letter in folded)
    return len(coded) / len(zlib.compress(coded))


def loops(texts: Sequence[str]) -> set[int]:
    """The places of the texts that only say again what neighbours said, up to three in turn; the first round isn't one.

    “Yes.” four times is no loop, a whole sentence three times is.
    """
    said = [words(text) for text in texts]
    found: set[int] = set()
    for period in range(1, _LONGEST_LOOP + 1):
        for first, last in _runs(said, period):
            length = sum(map(len, said[first - period : first]))
            if last - first >= (_rounds(length) - 1) * period:
                found.update(range(first, last))
    return found


def _runs(said: Sequence[Sequence[str]], period: int) -> list[tuple[int, int]]:
    """Where texts equal those `period` places before them: first place, and the one after the last."""
    runs: list[tuple[int, int]] = []
    for at in range(period, len(said)):
        if said[at] and said[at] == said[at - period]:
            if runs and runs[-1][1] == at:
                runs[-1] = (runs[-1][0], at + 1)
            else:
                runs.append((at, at + 1))
    return runs


def _circles(said: Sequence[str]) -> bool:
    """Whether a phrase said again and again makes up most of the words."""
    for period in range(1, _LONGEST_PHRASE + 1):
        again = 0
        for at in range(period, len(said)):
            again = again + 1 if said[at] == said[at - period] else 0
            length = again + period
            if length >= _rounds(period) * period and length >= _MOST * len(said):
                return True
    return False


def _rounds(length: int) -> int:
    return _ROUNDS if length >= 3 else _SHORT_ROUNDS
